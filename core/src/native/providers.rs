//! Providers: mail by SMTP, and push and text messages by webhooks.
//!
//! A webhook is an address of the operator's that speaks to a push service or a gateway: each delivery is posted to it as
//! JSON, with its number in the header `Idempotency-Key`. 2xx is success; 410 says that the device is gone; 408, 425, 429 and 5xx
//! mean later, not before what `Retry-After` says, in seconds or as a date; anything else is for good. A mail has the delivery's number
//! in its `Message-ID`; what a mail server says of a mailbox (450, or an enhanced code 4.2.x) it says of that one alone.
//!
//! Without TLS a provider is spoken to on this machine only.

use crate::base::Span;
use crate::notification::{Envelope, Refusal};
use crate::port::Channel;
use clap::Args;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde_json::json;
use std::error::Error as _;
use std::fmt;
use std::io::Read;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use ureq::Agent;
use ureq::http::Uri;

/// The longest that a provider may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How long a whole delivery may take, from the connection to the last answer.
const WHOLE: Duration = Duration::from_secs(60);
/// The longest that `Retry-After` is obeyed, in seconds.
const MOST_AFTER: u64 = 24 * 60 * 60;
/// Bytes of a webhook's answer that are kept as its reason.
const MOST_REASON: u64 = 256;

/// Why an address of a provider is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It is none.
    #[error("{got:?} is no address of a {what}: expected {expected}")]
    Address {
        /// What was given.
        got: String,
        /// For what.
        what: &'static str,
        /// What it looks like.
        expected: &'static str,
    },
    /// Anybody on the way could read and change what is sent.
    #[error(
        "{got:?} is another machine, and not spoken to without TLS: use https:// or smtps://, or an address of this machine"
    )]
    Plain {
        /// What was given.
        got: String,
    },
    /// The file of the login cannot be used.
    #[error("the login in {file}: {reason}; expected one line USER:PASSWORD")]
    Login {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
}

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    host: String,
    port: u16,
    security: Security,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    None,
    StartTls,
    Tls,
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

impl Smtp {
    /// Reads `HOST:PORT` or `smtp://HOST[:PORT]`, which is plain on this machine and begins TLS by `STARTTLS` elsewhere, or
    /// `smtps://HOST[:PORT]`.
    ///
    /// # Errors
    /// [`ProviderError::Address`].
    pub fn parse(text: &str) -> Result<Self, ProviderError> {
        let wrong = || ProviderError::Address {
            got: text.into(),
            what: "mail server",
            expected: "HOST:PORT, smtp://HOST or smtps://HOST",
        };
        let (scheme, rest) = text.split_once("://").unwrap_or(("smtp", text));
        let uri: Uri = format!("smtp://{rest}").parse().map_err(|_| wrong())?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?.to_owned();
        let has_more = uri.path_and_query().is_some_and(|rest| !matches!(rest.as_str(), "" | "/"));
        if has_more || uri.authority().is_some_and(|all| all.as_str().contains('@')) {
            return Err(wrong());
        }
        let (security, port) = match scheme {
            "smtp" if is_here(&host) => (Security::None, 25),
            "smtp" => (Security::StartTls, 587),
            "smtps" => (Security::Tls, 465),
            _ => return Err(wrong()),
        };
        // A port that is none is taken for no port.
        let said = uri.authority().and_then(|all| all.as_str().strip_prefix(host.as_str()));
        match (said.unwrap_or_default(), uri.port_u16()) {
            ("", _) => Ok(Self { port, host, security }),
            (_, Some(port)) => Ok(Self { port, host, security }),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.security == Security::Tls { "smtps" } else { "smtp" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

/// Checks the address of a webhook: `https://`, or `http://` on this machine.
///
/// # Errors
/// [`ProviderError::Address`], [`ProviderError::Plain`].
pub fn webhook(text: &str) -> Result<String, ProviderError> {
    let uri = text.parse::<Uri>().ok();
    let parts = uri.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.host()?)));
    match parts {
        Some(("https", _)) => Ok(text.into()),
        Some(("http", host)) if is_here(host) => Ok(text.into()),
        Some(("http", _)) => Err(ProviderError::Plain { got: text.into() }),
        _ => {
            let expected = "https://HOST/PATH";
            Err(ProviderError::Address { got: text.into(), what: "webhook", expected })
        }
    }
}

/// What the operator says of providers.
#[derive(Clone, Debug, Default, Args)]
pub struct Options {
    /// The mail server: HOST:PORT, smtp://HOST or smtps://HOST
    #[arg(long, value_name = "URL", value_parser = Smtp::parse)]
    smtp: Option<Smtp>,
    /// Who mails are from [default: ennead@localhost]
    #[arg(long, value_name = "ADDRESS", value_parser = sender)]
    smtp_from: Option<Mailbox>,
    /// A file with USER:PASSWORD for the mail server
    #[arg(long, value_name = "FILE")]
    smtp_login: Option<PathBuf>,
    /// Where pushes are posted, as JSON
    #[arg(long, value_name = "URL", value_parser = webhook)]
    push_webhook: Option<String>,
    /// Where text messages are posted, as JSON
    #[arg(long, value_name = "URL", value_parser = webhook)]
    sms_webhook: Option<String>,
}

impl Options {
    /// The same as the arguments of a command.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let login = self.smtp_login.as_ref().map(|file| file.display().to_string());
        let all = [
            ("--smtp", self.smtp.as_ref().map(ToString::to_string)),
            ("--smtp-from", self.smtp_from.as_ref().map(ToString::to_string)),
            ("--smtp-login", login),
            ("--push-webhook", self.push_webhook.clone()),
            ("--sms-webhook", self.sms_webhook.clone()),
        ];
        all.into_iter()
            .filter_map(|(flag, value)| Some([flag.to_owned(), value?]))
            .flatten()
            .collect()
    }
}

/// Checks who mails are from.
///
/// # Errors
/// [`ProviderError::Address`].
pub fn sender(text: &str) -> Result<Mailbox, ProviderError> {
    let expected = "NAME@HOST or \"Somebody <NAME@HOST>\"";
    text.parse().map_err(|_| ProviderError::Address { got: text.into(), what: "sender", expected })
}

#[derive(Debug)]
struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// The providers of this node.
#[derive(Clone, Debug)]
pub struct Providers {
    agent: Agent,
    mail: Option<Arc<Mail>>,
    push: Option<Arc<str>>,
    sms: Option<Arc<str>>,
    /// How long a delivery may take.
    whole: Duration,
}

fn login(file: &Path) -> Result<Credentials, ProviderError> {
    let wrong = |reason: String| ProviderError::Login { file: file.display().to_string(), reason };
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    let (user, password) =
        text.trim().split_once(':').ok_or_else(|| wrong("it has no colon".into()))?;
    Ok(Credentials::new(user.into(), password.into()))
}

impl Providers {
    /// Those that the operator has named. Nothing is connected to yet.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub fn new(options: &Options) -> Result<Self, ProviderError> {
        Self::within(options, WHOLE)
    }

    fn within(options: &Options, whole: Duration) -> Result<Self, ProviderError> {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(64)
            .proxy(None)
            .timeout_global(Some(TIMEOUT))
            .build()
            .new_agent();
        let mail = options.smtp.as_ref().map(|smtp| mail(smtp, options)).transpose()?;
        let shared = |address: &Option<String>| address.as_deref().map(Arc::from);
        let (push, sms) = (shared(&options.push_webhook), shared(&options.sms_webhook));
        Ok(Self { agent, mail: mail.map(Arc::new), push, sms, whole })
    }

    /// Hands a message to its channel's provider. It ends within a minute.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn deliver(&self, envelope: &Envelope) -> Result<String, Refusal> {
        // The timeouts of a transport begin anew with each answer, and a thread is waited for as well.
        let delivered = tokio::time::timeout(self.whole, self.hand_over(envelope)).await;
        delivered.unwrap_or_else(|_| {
            let reason = format!("no answer within {} s", self.whole.as_secs_f32());
            Err(Refusal::Unsure { reason })
        })
    }

    async fn hand_over(&self, envelope: &Envelope) -> Result<String, Refusal> {
        let channel = envelope.contact.channel;
        let (hook, flag) = match channel {
            Channel::Email => {
                let none = || nobody(channel, "--smtp");
                return self.mail.as_ref().ok_or_else(none)?.send(envelope).await;
            }
            Channel::Sms => (&self.sms, "--sms-webhook"),
            Channel::ApplePush | Channel::AndroidPush | Channel::WebPush => {
                (&self.push, "--push-webhook")
            }
        };
        let hook = hook.clone().ok_or_else(|| nobody(channel, flag))?;
        let (agent, envelope) = (self.agent.clone(), envelope.clone());
        let posted = tokio::task::spawn_blocking(move || post(&agent, &hook, &envelope)).await;
        posted.unwrap_or_else(|error| Err(Refusal::Unsure { reason: error.to_string() }))
    }
}

fn nobody(channel: Channel, flag: &str) -> Refusal {
    let reason = format!("this node has no provider for {channel}: start it with {flag}");
    Refusal::Never { reason }
}

fn mail(smtp: &Smtp, options: &Options) -> Result<Mail, ProviderError> {
    let wrong = |_| ProviderError::Address {
        got: smtp.host.clone(),
        what: "mail server",
        expected: "a name that a certificate may have",
    };
    let parameters = || TlsParameters::new(smtp.host.clone()).map_err(wrong);
    let tls = match smtp.security {
        Security::None => Tls::None,
        Security::StartTls => Tls::Required(parameters()?),
        Security::Tls => Tls::Wrapper(parameters()?),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(smtp.host.as_str())
        .port(smtp.port)
        .tls(tls)
        .timeout(Some(TIMEOUT));
    if let Some(file) = &options.smtp_login {
        builder = builder.credentials(login(file)?);
    }
    let from = match &options.smtp_from {
        Some(from) => from.clone(),
        None => sender("ennead@localhost")?,
    };
    Ok(Mail { transport: builder.build(), from })
}

/// Whether a server that refuses for now speaks of the mailbox: by its enhanced code if it gives one (RFC 3463,
/// section 3.3), or else by its code (RFC 5321, section 4.2.3).
fn is_of_mailbox(code: &str, words: &str) -> bool {
    let first = words.split(' ').next().unwrap_or_default();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_enhanced = first.split('.').count() == 3 && first.split('.').all(is_number);
    if is_enhanced { first.starts_with("4.2.") } else { code == "450" }
}

impl Mail {
    async fn send(&self, envelope: &Envelope) -> Result<String, Refusal> {
        let never = |reason: String| Refusal::Never { reason };
        let to: Address = envelope
            .contact
            .address
            .parse()
            .map_err(|error| never(format!("the address is none: {error}")))?;
        // The same in every attempt, so that a mail server or a reader can tell.
        let id = format!("<{}@{}>", envelope.delivery, self.from.email.domain());
        let mail = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .message_id(Some(id))
            .subject(envelope.message.title.as_str())
            .header(ContentType::TEXT_PLAIN)
            .body(envelope.message.body.clone())
            .map_err(|error| never(format!("no mail can be made of it: {error}")))?;
        match self.transport.send(mail).await {
            Ok(response) => {
                Ok(response.first_line().unwrap_or("taken").chars().take(200).collect())
            }
            Err(error) => {
                let reason = error.to_string();
                let code = error.status().map(|code| code.to_string()).unwrap_or_default();
                let is_login = code == "535";
                let words = error.source().map(ToString::to_string).unwrap_or_default();
                Err(match () {
                    () if error.is_transient() && is_of_mailbox(&code, &words) => {
                        Refusal::Recipient { reason }
                    }
                    // Nothing is wrong with the mail if the server does not know us.
                    () if error.is_transient() || is_login => {
                        Refusal::Later { after: None, reason }
                    }
                    () if error.is_permanent() => Refusal::Never { reason },
                    () => Refusal::Unsure { reason },
                })
            }
        }
    }
}

/// How long `Retry-After` says to wait (RFC 9110, section 10.2.3): seconds, or a date.
fn retry_after(text: &str, now: SystemTime) -> Option<Span> {
    let seconds = match text.trim().parse::<u64>() {
        Ok(seconds) => seconds,
        // A date that has passed means now.
        Err(_) => {
            let date = httpdate::parse_http_date(text.trim()).ok()?;
            date.duration_since(now).unwrap_or_default().as_secs() + 1
        }
    };
    Some(Span::from_secs(seconds.min(MOST_AFTER)))
}

fn post(agent: &Agent, hook: &str, envelope: &Envelope) -> Result<String, Refusal> {
    let body = json!({
        "delivery": envelope.delivery.to_string(),
        "channel": envelope.contact.channel.name(),
        "address": envelope.contact.address,
        "title": envelope.message.title,
        "body": envelope.message.body,
    });
    let request = agent.post(hook).header("Idempotency-Key", envelope.delivery.to_string());
    let mut answer = match request.send_json(body) {
        Ok(answer) => answer,
        Err(error @ (ureq::Error::ConnectionFailed | ureq::Error::HostNotFound)) => {
            return Err(Refusal::Later { after: None, reason: error.to_string() });
        }
        Err(error) => return Err(Refusal::Unsure { reason: error.to_string() }),
    };
    let status = answer.status().as_u16();
    let after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let after = after.and_then(|text| retry_after(text, SystemTime::now()));
    let mut said = Vec::new();
    let reader = answer.body_mut().as_reader();
    // What it said is only told to people.
    let _ = reader.take(MOST_REASON).read_to_end(&mut said);
    let reason = format!("{status} {}", String::from_utf8_lossy(&said).trim());
    match status {
        200..300 => Ok(reason),
        410 => Err(Refusal::Gone),
        408 | 425 | 429 | 500.. => Err(Refusal::Later { after, reason }),
        _ => Err(Refusal::Never { reason }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r10_9_only_words_about_the_mailbox_are_taken_for_them() {
        for (code, words, expected) in [
            ("450", "mailbox busy", true),
            ("450", "4.2.1 mailbox disabled", true),
            ("452", "4.2.2 mailbox full", true),
            ("450", "4.7.1 too much mail from you, see 4.2.1 of the rules", false),
            ("421", "try later", false),
            ("", "", false),
        ] {
            assert_eq!(is_of_mailbox(code, words), expected, "{code} {words}");
        }
    }
    use crate::notification::DeliveryId;
    use crate::port::Contact;
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;

    #[test]
    fn r10_1_mail_servers_elsewhere_are_spoken_to_by_tls_only() {
        let smtp = |host: &str, port, security| Ok(Smtp { host: host.into(), port, security });
        assert_eq!(Smtp::parse("127.0.0.1:2525"), smtp("127.0.0.1", 2_525, Security::None));
        assert_eq!(Smtp::parse("smtp://localhost"), smtp("localhost", 25, Security::None));
        assert_eq!(Smtp::parse("mail.example:26"), smtp("mail.example", 26, Security::StartTls));
        assert_eq!(Smtp::parse("smtps://mail.example"), smtp("mail.example", 465, Security::Tls));
        for wrong in ["", ":25", "http://a", "smtp://a/b", "smtp://user:secret@a", "a:99999"] {
            let refused = Smtp::parse(wrong);
            assert!(matches!(refused, Err(ProviderError::Address { .. })), "{wrong} {refused:?}");
        }
        for text in ["smtp://127.0.0.1:2525", "smtp://mail.example:26", "smtps://mail.example:465"]
        {
            assert_eq!(Smtp::parse(text).unwrap().to_string(), text);
        }
        assert!(webhook("https://push.example/x").is_ok() && webhook("http://[::1]:9/x").is_ok());
        assert!(matches!(webhook("http://push.example/"), Err(ProviderError::Plain { .. })));
        assert!(matches!(webhook("push.example"), Err(ProviderError::Address { .. })));
        assert!(sender("Ana <ana@example.org>").is_ok() && sender("ana").is_err());
    }

    #[test]
    fn r10_9_retry_after_is_understood_in_seconds_and_as_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let after = |text| retry_after(text, now).map(|span| span.as_millis() / 1_000);
        assert_eq!(after(" 120 "), Some(120));
        assert_eq!(after("Sun, 06 Nov 1994 08:50:37 GMT"), Some(61));
        assert_eq!(after("Sat, 05 Nov 1994 08:50:37 GMT"), Some(1));
        assert_eq!(after("Sat, 06 Nov 2094 08:49:37 GMT"), Some(MOST_AFTER));
        assert_eq!(after("soon"), None);
    }

    /// A mail server that answers a command as `answers` says, or not at all; it greets if it answers to "".
    fn mail_server(answers: fn(&str) -> Option<&'static str>) -> Options {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            let (mut out, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(out.try_clone().unwrap()).lines();
            let mut command = Some(String::new());
            while let Some(line) = command {
                if let Some(answer) = answers(line.split([' ', ':']).next().unwrap_or_default()) {
                    out.write_all(format!("{answer}\r\n").as_bytes()).unwrap();
                }
                command = lines.next().and_then(Result::ok);
            }
        });
        Options { smtp: Some(Smtp::parse(&address).unwrap()), ..Options::default() }
    }

    fn mail() -> Envelope {
        let contact = Contact { channel: Channel::Email, address: "ana@example.org".into() };
        let message = crate::notification::Message { title: "Tea".into(), body: "?".into() };
        Envelope { delivery: DeliveryId(1), contact, message }
    }

    #[tokio::test]
    async fn r10_9_a_mail_server_that_says_nothing_is_given_up() {
        let silent = mail_server(|_| None);
        let providers = Providers::within(&silent, Duration::from_millis(300)).unwrap();
        let refused = providers.deliver(&mail()).await;
        let reason = "no answer within 0.3 s".into();
        assert_eq!(refused, Err(Refusal::Unsure { reason }));
    }

    #[tokio::test]
    async fn r10_9_what_a_mail_server_says_of_a_mailbox_it_says_of_that_one_alone() {
        let full = mail_server(|command| {
            Some(if command == "RCPT" { "450 4.2.2 mailbox full" } else { "250 ok" })
        });
        let refused = Providers::new(&full).unwrap().deliver(&mail()).await;
        assert!(matches!(refused, Err(Refusal::Recipient { .. })), "{refused:?}");
        let busy = mail_server(|command| {
            Some(if command == "MAIL" { "451 4.3.0 try again" } else { "250 ok" })
        });
        let refused = Providers::new(&busy).unwrap().deliver(&mail()).await;
        assert!(matches!(refused, Err(Refusal::Later { .. })), "{refused:?}");
    }
}
