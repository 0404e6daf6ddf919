//! Korean: the page *Chat*.

use super::super::{Chat, Names, Term};
use crate::page::chat::action::PHONES;
use crate::page::chat::view::{AtHand, ChatView, Reach};
use crate::page::frame::facts::count;
use crate::page::world::people::name;

/// The words.
pub(crate) static CHAT: Chat = Chat {
    title: "채팅",
    on: "기기",
    to: "받는 사람",
    text: "메시지",
    say: "보내기",
    stage: "전화기들, 그리고 그 사이로 메시지가 가는 길",
    is_on: "온라인",
    is_off: "꺼짐",
    is_deaf: "터널 안",
    is_searching: "연결 중",
    switch_on: "켜기",
    switch_off: "끄기",
    into_tunnel: "터널로",
    out_of_tunnel: "터널 밖으로",
    read: "읽음",
    waits: "대기",
    hidden: "(숨김)",
    nothing_said: "아직 아무 말도 없습니다. 보내기를 눌러 보세요.",
    server: "채팅 서버가 받음",
    log: "대화 로그",
    queue: "메시지 동기화 큐와 작업자",
    inbox: "수신함",
    deliver: "서버가 기기에 전달",
    notify: "알림",
    done: "완료",
    now: "진행 중",
    later: "아직",
    aside: "필요 없음",
    message: "메시지",
    author: "보낸 사람",
    number: Term {
        word: "번호",
        means: "대화 안에서 메시지의 자리입니다. 레지스터가 번호를 주므로 시계가 어떻든 모든 기기가 같은 순서를 보여 줍니다.",
    },
    none_yet: "아직 없음",
    id: "기기가 준 ID",
    said_at: "받은 시각",
    log_at: "로그 머리",
    worker_at: "큐 작업자",
    devices: "기기",
    devices_of: "각 기기가 연결된 곳과, 이 대화에서 가진 마지막 번호입니다.",
    counted: "노드가 센 값",
    sent: "받은 메시지",
    known: Term {
        word: "다시 보냄",
        means: "답을 받지 못한 기기는 같은 ID로 어느 노드에나 다시 보냅니다. 로그에는 한 번만 들어갑니다.",
    },
    given_to: "기기에 전달",
    synced: Term {
        word: "처리한 큐 항목",
        means: "승인한 메시지는 모든 구성원의 수신함을 올릴 때까지 큐에서 기다립니다. 작업자가 죽으면 다른 노드가 이어받습니다.",
    },
    notices: "알림",
    connected: "연결한 기기",
    cut_off: "여기서 끊은 연결",
    try_this: "Ana로 메시지를 보내고, 대기하는 동안 그 전화가 연결된 노드를 종료해 보세요. 전화는 어디로 가고, 메시지는 몇 번 들어 있을까요? 다음에는 Ben의 전화를 터널로 보내고, 더 말한 뒤 다시 꺼내 보세요.",
    phone: |number| match number {
        0 => "Ana의 전화".into(),
        1 => "Ben의 전화".into(),
        _ => "Ben의 컴퓨터".into(),
    },
    switch: |phone| format!("{phone} 켜기 또는 끄기"),
    away: |name| format!("{name} (항상 오프라인)"),
    online: |names| match names {
        [] => "온라인인 친구가 없습니다.".into(),
        names => format!("온라인: {}", names.join(", ")),
    },
    not_there: |name| format!("{name}은(는) 이 대화에 없습니다."),
    number_read: |number| format!("{number}, 읽음"),
    message_of: |name| format!("{name}의 메시지"),
    as_number: |number| format!("{}번", count(number)),
    inbox_at: |name, number| format!("{name}: {}번까지", count(number)),
    inbox_of: |name| format!("{name}의 수신함"),
    given: |given, all| format!("{all}대 중 {given}대"),
    inboxes_at: |raised, all| format!("{all}개 중 {raised}개를 올림"),
    way,
    group: |members| match members {
        None => "그룹".into(),
        Some(members) => format!("{members}명 그룹"),
    },
    group_name: "등산 모임",
    open_group: "그룹 만들기",
    who_is_in: "친구를 고르세요. 여기 기기가 없는 사람은 알림을 받습니다.",
    come_and_go: "이름을 누르면 구성원의 친구는 들어오고 구성원은 나갑니다.",
    sentence,
};

fn way(at_hand: &AtHand, number: Option<u64>, reach: &Reach) -> String {
    let Reach { with, given, all, without } = reach;
    let Some(number) = number else {
        let author = name(at_hand.author);
        return format!("{author}의 메시지는 노드가 받을 때까지 기기에서 기다립니다.");
    };
    let number = count(number);
    let mut text = if *all > 0 {
        let with = with.join(", ");
        format!("메시지 {number}번이 로그에 있고, {with}의 기기 {all}대 중 {given}대에 있습니다.")
    } else {
        format!("메시지 {number}번이 로그에 있습니다.")
    };
    if !without.is_empty() {
        let without = without.join(", ");
        text += &format!(" {without}은(는) 온라인인 기기가 없어 알림을 받습니다.");
    }
    text
}

fn sentence(view: &ChatView, names: &Names<'_>) -> String {
    if !view.is_begun() {
        return "두 사람이 가입하고 친구가 된 뒤 전화를 듭니다.".into();
    }
    let places: Vec<String> = view
        .phones
        .iter()
        .enumerate()
        .map(|(number, phone)| {
            let who = (CHAT.phone)(number);
            match phone.node.filter(|_| phone.is_connected) {
                Some(node) => format!("{who}: {}", names.of(node)),
                None => format!("{who}: 오프라인"),
            }
        })
        .collect();
    let mut text = format!("{}.", places.join(", "));
    let waiting: usize = view.phones.iter().map(|phone| phone.outbox.len()).sum();
    let last = view.phones.iter().map(|phone| phone.last).max().unwrap_or(0);
    let behind = (0..PHONES.len().min(view.phones.len()))
        .filter(|&number| view.phones[number].takes_part && view.phones[number].last < last)
        .count();
    let all_take_part = view.phones.iter().all(|phone| phone.takes_part);
    text += &match (waiting, behind) {
        (0, _) if last == 0 => String::new(),
        (0, 0) => {
            let whose = if all_take_part { "모든" } else { "참여하는 모든" };
            format!(" {whose} 기기에 같은 메시지 {}개가 있습니다.", count(last))
        }
        (0, 1) => " 기기 한 대가 뒤처져 있습니다.".to_string(),
        (0, behind) => format!(" 기기 {behind}대가 뒤처져 있습니다."),
        (1, _) => " 메시지 하나가 기다립니다.".to_string(),
        (waiting, _) => format!(" 메시지 {waiting}개가 기다립니다."),
    };
    text
}
