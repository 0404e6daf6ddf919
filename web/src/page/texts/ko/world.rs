//! Korean: nodes, links, messages, faults, and the lines of the log.

use super::super::{Names, Term, World, key_name, short, span, strong};
use super::{key_object, object, subject};
use crate::page::action::LinkFault;
use ennead::kv::{Answer, Error, Event, Health};
use ennead::sim::{Entry, Fault, Flight, Mark, Status, Transition, What};

/// The words.
pub(super) static WORLD: World = World {
    world: "세계",
    new_world: "새 세계",
    the_nodes: "노드",
    nodes: "노드 수",
    at_node: "요청할 노드",
    any_node: "아무 노드",
    node: "노드",
    link: "연결",
    message: "메시지",
    event: "사건",
    ring_held: Term {
        word: "맡은 구간",
        means: "0부터 2^160 - 1까지의 해시를 원으로 잇고 1,024개 구간으로 나눈 것입니다. 키는 자기 해시가 놓인 곳에서 시계 방향으로 처음 만나는 노드들이 보관합니다.",
    },
    keys_held: "키",
    hints_kept: Term {
        word: "보관 중인 힌트",
        means: "닿을 수 없는 노드를 대신해 보관하는 사본으로, 누구의 것인지 적혀 있습니다. 그 노드가 돌아오면 돌려줍니다(임시 위탁).",
    },
    requests_under_way: "처리 중",
    requests_served: "요청",
    sees: Term {
        word: "보는 상태",
        means: "노드마다 자기 카운터를 올리고, 아는 카운터를 모두 몇몇 노드에 알립니다. 카운터가 오래 멈춘 노드는 의심받고, 더 지나면 다운으로 봅니다. 판단은 노드마다 따로 합니다.",
    },
    sees_all_up: "모두 정상",
    nothing_while_down: "없음",
    start: Term {
        word: "기동 번호",
        means: "노드의 몇 번째 기동인지 나타냅니다. 쓰기의 이름에 들어가므로 장애 뒤에도 같은 이름이 두 번 쓰이지 않습니다.",
    },
    zone: "영역",
    counters: "기동 이후",
    reads: "읽기",
    writes: "쓰기",
    refused: "거절",
    forwarded: "다른 노드로 전달",
    hints_handed_over: "돌려준 힌트",
    read_repairs: "읽기 복구",
    keys_repaired: "비교로 복구한 키",
    links: "연결",
    kill: "죽이기",
    restart: "재시작",
    wipe: "디스크 비우기",
    pause_node: "멈추기",
    resume: "재개",
    cut_off: "고립시키기",
    heal: "복구",
    heal_all: "모든 연결 복구",
    cut: "끊기",
    slow: "느리게",
    lose: "절반 유실",
    split: "둘로 나누기",
    one_side: "나눌 때 한쪽이 될 노드",
    network: "네트워크",
    whole: "정상",
    is_cut: "끊김",
    is_impaired: "느리거나 유실됨",
    works: "정상",
    from: "보낸 노드",
    to: "받는 노드",
    about: "대상 키",
    sent: "보낸 시각",
    arrives: "도착 시각",
    arrived: "도착",
    in_the_air: "전송 중인 메시지",
    nothing_in_the_air: "지금은 없습니다.",
    digest: Term {
        word: "다이제스트",
        means: "일어난 모든 일을 요약한 수입니다. 시드와 입력이 같으면 어느 컴퓨터에서나 같습니다.",
    },
    events: "이벤트",
    violations: "깨진 약속",
    entry,
    flight,
    mark: |mark| match mark {
        Mark::Request => "요청",
        Mark::Reply => "응답",
        Mark::Gossip => "가십",
        Mark::Hint => "힌트",
        Mark::Repair => "복구",
    },
    status: |status| match status {
        Status::Up => "정상",
        Status::Paused => "멈춤",
        Status::Down => "다운",
    },
    health: |health| match health {
        Health::Up => "정상",
        Health::Suspected => "의심",
        Health::Down => "다운",
    },
    lasting: |state, time| format!("{state}, {}", span(time)),
    hint_badge: |node, hints| {
        let parts: Vec<String> =
            hints.iter().map(|(owner, count)| format!("{owner}의 힌트 {count}개")).collect();
        format!("{node} 보관: {}", parts.join(", "))
    },
    link_verb: |fault, a, b| match fault {
        LinkFault::Cut => format!("연결 {a}–{b} 끊기"),
        LinkFault::Slow => format!("연결 {a}–{b} 느리게"),
        LinkFault::Lose => format!("연결 {a}–{b} 절반 유실"),
        LinkFault::Heal => format!("연결 {a}–{b} 복구"),
    },
    node_verb: |verb, node| format!("{node} {verb}"),
    world_of: |nodes| format!("노드 {nodes}개인 새 세계"),
    world_under: |load| format!("초당 요청 {load}개인 새 세계"),
    load: "초당 요청",
    keys_help: &[
        ("Space", "재생 또는 일시 정지"),
        (".", "이벤트 하나 진행"),
        ("1 … 9", "노드 선택"),
        ("k", "선택한 노드 죽이기 또는 재시작"),
        ("p", "선택한 노드 멈추기 또는 재개"),
        ("c", "선택한 노드 고립 또는 복구"),
        ("l", "기록 열기 또는 닫기"),
    ],
};

fn fault(names: &Names<'_>, fault: &Fault, yours: bool) -> String {
    let n = |id: &ennead::ring::NodeId| object(names.of(*id));
    let what = match fault {
        Fault::Kill(id) => format!("{} 죽임", n(id)),
        Fault::Restart(id) => format!("{} 디스크에 남은 내용으로 재시작", n(id)),
        Fault::Wipe(id) => format!("{} 비움: 빈 디스크로 다시 시작", n(id)),
        Fault::Pause(id) => format!("{} 멈춤: 도착하는 메시지는 기다림", n(id)),
        Fault::Jump { node, millis } => {
            format!("{}의 벽시계가 {millis} ms만큼 건너뜀", names.of(*node))
        }
        Fault::Resume(id) => format!("{} 재개", n(id)),
        Fault::CutOff(id) => format!("{} 다른 모든 노드에서 고립시킴", n(id)),
        Fault::Split(side) => {
            format!("네트워크를 둘로 나눔: 한쪽은 {}", strong(&names.list(side)))
        }
        Fault::Cut { from, to } => {
            format!("{}에서 {}(으)로 가는 길을 끊음", names.of(*from), names.of(*to))
        }
        Fault::SlowDisk { node, lasts } => {
            format!("{}의 디스크가 {} 동안 느려짐", names.of(*node), span(*lasts))
        }
        Fault::FailSync(id) => {
            format!("{}의 다음 동기화가 실패하고 노드가 멈추게 됨", names.of(*id))
        }
        Fault::Clog { from, to, lasts } => {
            let (from, to) = (names.of(*from), names.of(*to));
            format!("{from}에서 {to}(으)로 가는 메시지를 {} 동안 붙잡아 둠", span(*lasts))
        }
        Fault::Slow { a, b } => format!("연결 {}–{} 느려짐", names.of(*a), names.of(*b)),
        Fault::Reset { a, b } => {
            format!("연결 {}–{} 끊겼다가 다시 맺어짐", names.of(*a), names.of(*b))
        }
        Fault::Lose { a, b } => format!("연결 {}–{} 절반 유실", names.of(*a), names.of(*b)),
        Fault::HealLink { a, b } => format!("연결 {}–{} 복구", names.of(*a), names.of(*b)),
        Fault::HealNetwork => "모든 연결 복구".into(),
        Fault::HealAll => "모든 것을 복구".into(),
        Fault::Refuse(channel) => format!("{channel} 전달 업체 고장"),
        Fault::Accept(channel) => format!("{channel} 전달 업체 복구"),
    };
    if yours { format!("나: {what}") } else { format!("우연: {what}") }
}

pub(super) fn refusal(error: &Error) -> String {
    match error {
        Error::Unreachable { healthy, needed } => {
            format!("필요한 노드 {needed}개 중 {healthy}개만 정상이며, 아무것도 저장되지 않음")
        }
        Error::Timeout { got, needed, after } => format!(
            "{} 안에 응답 {needed}개 중 {got}개만 도착, 쓰기는 이루어졌을 수 있음",
            span(*after)
        ),
        Error::KeyLength { got } => {
            format!("키가 {got}바이트입니다. 1~{}바이트여야 합니다", ennead::kv::MAX_KEY)
        }
        Error::ValueLength { got } => {
            format!("값이 {got}바이트입니다. 최대 {}바이트입니다", ennead::kv::MAX_VALUE)
        }
        Error::Siblings => "형제 버전이 너무 많음: 읽은 뒤 그 문맥으로 한 번 써야 함".into(),
        Error::Overloaded { limit } => format!("이 노드에서 요청 {limit}개가 이미 처리 중"),
        Error::StoodStill => {
            "거절됨: 이 노드가 멈춰 있었으므로, 기다리던 쓰기는 이미 포기된 것일 수 있음".to_owned()
        }
        other => other.to_string(),
    }
}

fn outcome(outcome: &Result<Answer, Error>) -> String {
    match outcome {
        Ok(Answer::Written { .. }) => "저장됨".into(),
        Ok(Answer::Got(versions)) => {
            let values: Vec<String> =
                versions.values().map(|value| strong(&short(value))).collect();
            match values.len() {
                0 => "값 없음".into(),
                1 => values[0].clone(),
                count => format!("값 {count}개: {}", values.join(", ")),
            }
        }
        Ok(Answer::Updated(updated)) => format!("{}번째 판", updated.version),
        Ok(Answer::Page { entries, .. }) => format!("키 {}개", entries.len()),
        Err(error) => format!("거절: {}", refusal(error)),
    }
}

fn entry(names: &Names<'_>, entry: &Entry) -> String {
    let at = entry.node.map_or_else(String::new, |id| names.of(id).to_string());
    match &entry.what {
        What::Done(Transition::Put { at, key, value, .. }) => format!(
            "나: {}에 {} = {} 쓰기",
            names.of(*at),
            strong(&short(key.as_bytes())),
            short(value.as_bytes())
        ),
        What::Done(Transition::Get { at, key }) => {
            format!("나: {}에서 {} 읽기", names.of(*at), strong(&short(key.as_bytes())))
        }
        What::Done(Transition::Delete { at, key, .. }) => {
            format!("나: {}에서 {} 삭제", names.of(*at), strong(&short(key.as_bytes())))
        }
        What::Done(client @ Transition::Client { .. }) => format!("기록된 대로: {client}"),
        What::Done(Transition::Ask { at, ask }) => format!("나: {}에 {ask}", names.of(*at)),
        What::Served { answered, .. } if at.is_empty() => format!("답: {answered}"),
        What::Served { answered, .. } => format!("{at}의 답: {answered}"),
        What::Done(Transition::Phone { phone, touch }) => format!("나: 전화 {phone}: {touch}"),
        What::Phone { phone, news } => format!("전화 {phone}: {news}"),
        What::Done(Transition::Fault(f)) => fault(names, f, true),
        What::Done(Transition::Steady { every, asks }) => {
            let first = asks.first().map(ToString::to_string).unwrap_or_default();
            format!("이제부터 클라이언트가 {}마다 요청: {first}", span(*every))
        }
        What::Unanswered { at } => {
            format!("응답 없음: {} 실행 중이 아님", subject(names.of(*at)))
        }
        What::Violation(what) => format!("약속이 깨짐: {what}"),
        What::Fault(f) => fault(names, f, false),
        What::Answer { key, outcome: result, .. } => {
            format!("{}에 대한 답: {}", key_name(key), outcome(result))
        }
        What::Lost { from, to, mark } => format!(
            "유실: {}에서 {}(으)로 가던 {}",
            names.of(*from),
            names.of(*to),
            (WORLD.mark)(*mark)
        ),
        What::Node(event) => event_at(names, &at, event),
    }
}

fn event_at(names: &Names<'_>, at: &str, event: &Event) -> String {
    let here = subject(at);
    match event {
        Event::Coordinating { key, dot, replicas, stand_ins, .. } => {
            let mut text = format!(
                "{here} 쓰기에 {}·{} 이름을 붙이고 {}에 {} 저장 요청",
                names.of(dot.actor.node),
                dot.counter,
                strong(&names.list(replicas)),
                key_name(key)
            );
            for (keeper, owner) in stand_ins {
                text.push_str(&format!(
                    ", {} 대신 {}에",
                    names.of(*owner),
                    strong(names.of(*keeper))
                ));
            }
            text
        }
        Event::Reading { key, asked, .. } => {
            format!("{here} {}에 {} 물음", strong(&names.list(asked)), key_object(key))
        }
        Event::Forwarding { key, to, .. } => {
            format!("{here} {} 담당 노드 {}에 전달", key_object(key), names.of(*to))
        }
        Event::Stored { key, siblings: 0 | 1 } => format!("{here} {} 저장", key_object(key)),
        Event::Stored { key, siblings } => {
            format!("{here} {} 저장, 이제 형제 버전 {siblings}개", key_object(key))
        }
        Event::Acknowledged { key, got, needed, after, .. } => {
            format!("{} 저장됨: {} 만에 확인 {needed}개 중 {got}개", key_name(key), span(*after))
        }
        Event::Answered { key, got, values, after, .. } => {
            let found = match values {
                0 => "값 없음".to_string(),
                1 => "값 하나".to_string(),
                count => format!("형제 버전 {count}개"),
            };
            format!(
                "{here} {}에 답함: {} 만에 노드 {got}개에서 {found}",
                key_name(key),
                span(*after)
            )
        }
        Event::Refused { key, write, error } => {
            let what = if *write { "쓰기" } else { "읽기" };
            format!("{at}에서 {} {what} 거절: {}", key_name(key), refusal(error))
        }
        Event::Extended { key, dot } => format!(
            "{here} {}의 형제 버전을 발견해 함께 대체: {}·{}",
            key_name(key),
            names.of(dot.actor.node),
            dot.counter
        ),
        Event::HintKept { owner, key, total } => {
            format!("{here} {}의 힌트 보관: {} (모두 {total}개)", names.of(*owner), key_name(key))
        }
        Event::HintHandedOver { owner, key, left } => {
            format!("{here} {} {}에 돌려줌 (남은 힌트 {left}개)", key_object(key), names.of(*owner))
        }
        Event::ReadRepaired { node, key } => {
            format!("{here} {}의 뒤처진 {} 사본을 채움", names.of(*node), key_name(key))
        }
        Event::Repaired { node, keys } => {
            format!("{here} {}와(과) 비교해 키 {keys}개를 보냄", names.of(*node))
        }
        Event::MemberIs { member, health } => match health {
            Health::Up => format!("{here} {}의 소식을 다시 들음", strong(names.of(*member))),
            Health::Suspected => format!("{here} 소식 없는 {} 의심", object(names.of(*member))),
            Health::Down => format!("{here} {} 다운으로 판단", object(names.of(*member))),
        },
        Event::Ignored { from, reason } => {
            format!("{here} {}의 메시지를 무시: {reason}", names.of(*from))
        }
    }
}

fn flight(names: &Names<'_>, flight: &Flight) -> String {
    let mut text = format!(
        "{} {} → {}",
        (WORLD.mark)(flight.mark),
        names.of(flight.from),
        names.of(flight.to)
    );
    if let Some(key) = &flight.key {
        text.push_str(&format!(", {}", short(key.partition())));
    }
    text
}
