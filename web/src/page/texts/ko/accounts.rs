//! Korean: the page *Accounts*.

use super::super::{Accounts, Term};
use crate::page::accounts::view::AccountsView;
use crate::page::snapshot::Snapshot;
use crate::page::world::people::Tie;
use ennead::accounts::{Relation, Standing};
use ennead::port::UserId;
use ennead::sim::Status;

/// The words.
pub(super) static ACCOUNTS: Accounts = Accounts {
    title: "계정",
    name: "이름",
    password: "비밀번호",
    sign_up: "가입",
    log_in: "로그인",
    check: "나는 누구?",
    log_out: "로그아웃",
    who: "누가",
    whom: "누구에게",
    befriend: "신청 또는 수락",
    part: "끊기",
    block: "차단",
    unblock: "차단 해제",
    stage: "사람들과 그 관계, 두 사람의 레지스터, 한 사람의 행이 있는 곳",
    places: "노드와, 노드가 이 사람에 대해 보관하는 것",
    friends: "친구",
    asked: "신청함, 답 없음",
    blocked: "차단",
    replica: "복제본",
    promised: "약속",
    accepted: "수락",
    version: "버전",
    state: "상태",
    never: "두 사람에 대해 결정된 것이 없습니다.",
    under_way: "결정하는 중: 아직 과반수가 같은 것을 수락하지 않았습니다.",
    name_here: "이름",
    rows_here: "행",
    session_here: "세션",
    row: "보관하는 것",
    name_row: Term {
        word: "이름",
        means: "이름을 차지하는 레지스터입니다. 한 사람만 차지할 수 있습니다. 번호와 비밀번호 해시를 담습니다.",
    },
    profile_row: Term {
        word: "프로필",
        means: "이 사람이 누구인지: 이름, 표시 이름, 연락처입니다.",
    },
    device_row: Term {
        word: "기기",
        means: "알림이 닿는 곳입니다. 프로필과 같은 파티션에 있어서 같은 노드에 있습니다.",
    },
    standing_row: Term {
        word: "관계",
        means: "다른 사람 하나하나와의 관계를 두 사람의 레지스터가 정한 대로 적은 행입니다. 범위 하나로 모든 친구를 읽습니다.",
    },
    session: Term {
        word: "세션",
        means: "256비트 토큰의 해시가 키인 행입니다. 토큰이 있으면 어느 노드에나 물을 수 있고, 저장소를 읽어도 토큰은 나오지 않습니다.",
    },
    no_session: "세션이 없습니다. 로그인해 보세요.",
    signs: "● 보관 · ◆ 없는 노드 대신 · × 끝남 · 3.2 s: 그동안 믿음",
    ask: "묻기",
    open: "열림",
    ended: "끝남",
    number: "번호",
    friends_of: "친구",
    hash: Term {
        word: "비밀번호 보관",
        means: "소금을 친 Argon2id 해시입니다. m은 메모리(KiB), t는 반복 횟수입니다. 여기서는 최소 비용이고, 서버에서는 19 MiB를 두 번 돕니다.",
    },
    counted: "노드가 센 값",
    signed_up: "만든 계정",
    logged_in: "연 세션",
    refused: "틀린 이름이나 비밀번호",
    too_often: Term {
        word: "너무 잦은 시도",
        means: "이름마다 노드 하나에서 한꺼번에 열 번, 그다음은 6초에 한 번 시도할 수 있습니다. 시도해서 비밀번호를 알아낼 수 없습니다.",
    },
    logged_out: "끝낸 세션",
    checked: "확인한 세션",
    remembered: Term {
        word: "그중 메모리에서",
        means: "세션을 한 번 물어본 노드는 답을 5초 동안 믿습니다. 로그아웃은 모든 노드에 바로 알리고, 듣지 못한 노드도 그보다 오래 틀리지 않습니다.",
    },
    decisions: "결정한 단계",
    repaired: Term {
        word: "뒤늦게 맞춘 쪽",
        means: "결정하기 전에 큐에 적어 둡니다. 양쪽에 적기 전에 노드가 죽으면, 큐를 맡은 노드가 레지스터대로 적습니다.",
    },
    try_this: "Eva가 Ben에게 친구를 신청했습니다. Ben으로 수락하면 점선이 실선이 됩니다. 그다음 로그아웃하고 노드마다 Ben이 누구인지 물어보세요. Ben의 세션을 보관하는 노드 둘을 종료해 보세요. 어느 노드가 얼마나 더 답할까요?",
    sentence,
    told,
    two: |one, other| format!("{one}, {other}"),
    standing,
    decided: |state, version| format!("과반수가 결정함: {state} (버전 {version})"),
    written: |names, versions| {
        let sides = names.iter().zip(versions).map(|(name, version)| match version {
            0 => format!("{name} 없음"),
            version => format!("{name} 버전 {version}"),
        });
        format!("적힌 것: {}", sides.collect::<Vec<_>>().join(", "))
    },
    rows_of: |name| format!("{name}에 대해 보관하는 것과 그 자리"),
    check_at: |session, node, trust| match trust {
        Some(left) => format!("노드 {node}에서 세션 {session} 확인: {left} 동안 믿음"),
        None => format!("묻기: 노드 {node}, 세션 {session}"),
    },
    opened: |state, token, node| format!("{state}, {node}의 토큰 {token}…"),
    trusted_by: |trusted, nodes| format!("노드 {nodes}개 중 {trusted}개가 믿음"),
};

fn standing(is: &Standing, one: &str, other: &str) -> String {
    match is.relation() {
        Relation::Blocked => format!("{one} → {other} 차단"),
        _ if is.theirs.blocks => format!("{other} → {one} 차단"),
        Relation::Friends => "친구".into(),
        Relation::Asked => format!("{one} → {other} 신청"),
        Relation::Asks => format!("{other} → {one} 신청"),
        Relation::Strangers => "남남".into(),
    }
}

fn told(view: &AccountsView, who: UserId) -> String {
    let others = |tie: Tie, is_first: Option<bool>| -> String {
        let of = view.bonds.iter().filter(|bond| bond.tie == tie);
        let others = of.filter_map(|bond| match (bond.one == who, bond.other == who) {
            (true, _) if is_first != Some(false) => Some(bond.other),
            (_, true) if is_first != Some(true) => Some(bond.one),
            _ => None,
        });
        others.map(|user| view.shown(user)).collect::<Vec<_>>().join(", ")
    };
    let mut parts = Vec::new();
    for (names, word) in [
        (others(Tie::Friends, None), "친구"),
        (others(Tie::Asked, Some(true)), "신청한 사람"),
        (others(Tie::Asked, Some(false)), "신청받은 사람"),
        (others(Tie::Blocked, Some(true)), "차단한 사람"),
        (others(Tie::Blocked, Some(false)), "이 사람을 차단한 사람(알려 주지 않음)"),
    ] {
        if !names.is_empty() {
            parts.push(format!("{word} {names}"));
        }
    }
    let name = view.shown(who);
    match parts.is_empty() {
        true => format!("{name}: 아직 아무와도 관계가 없습니다."),
        false => format!("{name}: {}.", parts.join("; ")),
    }
}

fn sentence(view: &AccountsView, snapshot: &Snapshot) -> String {
    if !view.is_peopled {
        return "여덟 사람이 가입하고 친구가 됩니다. 어느 노드나 이름을 받고, 이름 하나는 한 사람만 가집니다.".into();
    }
    let running = snapshot.view.nodes.iter().filter(|node| node.status != Status::Down).count();
    let mut text = format!(
        "사람 {}명, 친구 관계 {}개, 답 없는 신청 {}개, 차단 {}개. 열린 세션 {}개는 어느 노드나 확인하고, 지금은 {}가지 중 {}가지를 메모리에서 답합니다.",
        view.people.len(),
        view.count(Tie::Friends),
        view.count(Tie::Asked),
        view.count(Tie::Blocked),
        view.open,
        view.open * running,
        view.trusted,
    );
    let nodes = &snapshot.view.nodes;
    let down: Vec<&str> =
        nodes.iter().filter(|n| n.status != Status::Up).map(|n| n.name.as_str()).collect();
    if down.is_empty() {
        return text;
    }
    let is_up = |id| nodes.iter().any(|node| node.id == id && node.status == Status::Up);
    text += &format!(" 노드 {}가 없습니다.", down.join(", "));
    if let (Some(who), Some((up, of))) = (view.who.map(|who| view.shown(who)), view.kept_by(is_up))
    {
        text += &if up * 2 > of {
            format!(" {who}에 대한 것은 적어도 복사본 {of}개 중 {up}개가 있어 모두 계속됩니다.")
        } else {
            format!(
                " {who}에 대한 것 중에 복사본 {of}개 중 {up}개만 있는 것이 있어, 과반수가 필요한 일은 거절됩니다."
            )
        };
    }
    text
}
