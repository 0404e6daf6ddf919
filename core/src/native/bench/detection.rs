//! Failure detection: what gossip and all-to-all heartbeats cost, how fast they notice, how often they err.

use super::Bench;
use crate::base::{Ratio, Span};
use crate::sim::detection::{Noticed, Scheme, Setting, one_killed, undisturbed};
use serde_json::json;
use std::io::Write;

/// Servers that are killed for one figure, each in a cluster of its own; medians are told.
const KILLED: u64 = 9;
const SERVERS: [u16; 6] = [3, 5, 16, 32, 64, 200];
/// False alarms are counted among so many servers, at these losses in per cent.
const ALARMS_AMONG: [u16; 3] = [5, 16, 64];
const LOSSES: [u32; 4] = [0, 10, 20, 30];
const SCHEMES: [(Scheme, &str); 2] = [(Scheme::Gossip, "gossip"), (Scheme::AllToAll, "all-to-all")];

/// Whether everybody noticed whoever was killed.
pub(super) fn run(arguments: &Bench, out: &mut impl Write) -> std::io::Result<bool> {
    let noticed = costs(arguments, out)?;
    Ok(mistakes(arguments, out)? && noticed)
}

/// Seconds after the kill until the first, half and all of the others hold it down: medians, and whether
/// all always did.
fn times(setting: Setting) -> ([f64; 3], bool) {
    let all: Vec<Noticed> = (1..=KILLED).map(|seed| one_killed(seed, setting)).collect();
    let median = |of: fn(&Noticed) -> Option<Span>| {
        let mut spans: Vec<Span> = all.iter().filter_map(of).collect();
        spans.sort_unstable();
        let micros = spans.get(spans.len() / 2).map_or(0, |span| span.as_micros());
        #[allow(clippy::cast_precision_loss)] // for people
        let seconds = micros as f64 / 1e6;
        seconds
    };
    let spans = [median(|n| n.first), median(|n| n.half), median(|n| n.all)];
    (spans, all.iter().all(|noticed| noticed.all.is_some()))
}

#[allow(clippy::cast_precision_loss)] // for people
fn costs(arguments: &Bench, out: &mut impl Write) -> std::io::Result<bool> {
    const SECONDS: u64 = 10;
    let config = Setting::of(Scheme::Gossip, 1).config;
    if !arguments.json {
        writeln!(
            out,
            "detection, a round each {}, gossip tells {}, no loss; a server killed, medians of {KILLED}:",
            config.gossip_every, config.gossip_fanout
        )?;
        writeln!(
            out,
            "{:>11} {:>8} {:>19} {:>11} {:>15} {:>9} {:>9} {:>9}",
            "scheme",
            "servers",
            "messages/s a server",
            "in all",
            "kB/s a server",
            "first",
            "half",
            "all notice"
        )?;
    }
    let mut noticed = true;
    for servers in SERVERS {
        for (scheme, name) in SCHEMES {
            let setting = Setting::of(scheme, servers);
            let counted = undisturbed(1, setting, Span::from_secs(SECONDS));
            let a_second = counted.messages as f64 / SECONDS as f64;
            let a_server = a_second / f64::from(servers);
            let kilobytes = counted.bytes as f64 / SECONDS as f64 / f64::from(servers) / 1e3;
            let ([first, half, all], by_all) = times(setting);
            noticed &= by_all;
            if arguments.json {
                let object = json!({"bench": "detection", "scheme": name, "servers": servers,
                    "messages_a_second": a_second, "kilobytes_a_second_a_server": kilobytes,
                    "noticed_seconds": {"first": first, "half": half, "all": all}});
                writeln!(out, "{object}")?;
            } else {
                writeln!(
                    out,
                    "{name:>11} {servers:>8} {a_server:>19.0} {a_second:>11.0} {kilobytes:>15.1} \
                     {first:>7.1} s {half:>7.1} s {all:>8.1} s"
                )?;
            }
        }
    }
    Ok(noticed)
}

#[allow(clippy::cast_precision_loss)] // for people
fn mistakes(arguments: &Bench, out: &mut impl Write) -> std::io::Result<bool> {
    if !arguments.json {
        writeln!(
            out,
            "detection, running servers held down (suspected) an hour, in all, over {} minutes; killed ones \
             held down by all after:",
            arguments.minutes
        )?;
        writeln!(
            out,
            "{:>11} {:>8} {:>5} {:>20} {:>7} {:>20} {:>7}",
            "scheme", "servers", "loss", "fixed", "", "adaptive", ""
        )?;
    }
    let mut noticed = true;
    for servers in ALARMS_AMONG {
        for (scheme, name) in SCHEMES {
            for loss in LOSSES {
                let setting =
                    Setting { loss: Ratio::new(loss, 100), ..Setting::of(scheme, servers) };
                let mut figures = [(0, 0, 0.0); 2];
                for (figure, setting) in figures.iter_mut().zip([setting.fixed(), setting]) {
                    let span = Span::from_secs(60 * arguments.minutes);
                    let counted = undisturbed(1, setting, span);
                    let ([_, _, all], by_all) = times(setting);
                    noticed &= by_all;
                    let an_hour = |count: u64| count * 60 / arguments.minutes;
                    *figure = (an_hour(counted.alarms), an_hour(counted.suspicions), all);
                }
                let [fixed, adaptive] = figures;
                if arguments.json {
                    let figure = |(alarms, suspicions, all): (u64, u64, f64)| {
                        json!({"alarms_an_hour": alarms,
                        "suspicions_an_hour": suspicions, "all_noticed_seconds": all})
                    };
                    let object = json!({"bench": "detection", "scheme": name, "servers": servers,
                        "loss_percent": loss, "minutes": arguments.minutes,
                        "fixed": figure(fixed), "adaptive": figure(adaptive)});
                    writeln!(out, "{object}")?;
                } else {
                    let text = |(alarms, suspicions, _): (u64, u64, f64)| {
                        format!("{alarms} ({suspicions})")
                    };
                    writeln!(
                        out,
                        "{name:>11} {servers:>8} {loss:>3} % {:>20} {:>5.1} s {:>20} {:>5.1} s",
                        text(fixed),
                        fixed.2,
                        text(adaptive),
                        adaptive.2
                    )?;
                }
            }
        }
    }
    Ok(noticed)
}
