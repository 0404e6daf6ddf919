//! Korean: the page *Ids*.

use super::super::Ids;
use crate::page::frame::facts::count;
use crate::page::ids::view::{Lane, Sums};
use ennead::ids::{ClockPolicy, Scheme, Variant};

/// The words.
pub(super) static IDS: Ids = Ids {
    title: "유일 ID",
    scheme: "방식",
    how_many: "개수",
    give: "ID 발급",
    give_all: "네 방식 모두",
    jump: "시계 5초 뒤로",
    stage: "네 가지 방식과 최근에 발급한 ID",
    none_yet: "아직 없습니다.",
    given_at: "발급 시각",
    clocks: "시계가 뒤로 가면",
    clocks_how: "생성기 넷에 시계 하나: 50 ms 동안 밀리초마다 ID 네 개씩, 그다음 시계가 30 ms 뒤로 갔다가 다시 50 ms.",
    generator: "생성기",
    given: "발급",
    repeated: "중복",
    without: "발급 안 함",
    try_this: "한 노드에서 스노플레이크를 발급하고 시계를 뒤로 돌린 다음 더 발급해 보세요. ID의 어느 필드가 바뀌나요? 이어서 그 노드를 고립시키고 기다려 보세요. 언제 거절하고, 어느 방식은 계속되나요?",
    sentence,
    told,
    variant: |variant| match variant {
        Variant::MultiMaster => "다중 마스터",
        Variant::UuidV4 => "UUID 버전 4",
        Variant::UuidV7 => "UUID 버전 7",
        Variant::CentralTicket => "티켓, 중앙",
        Variant::Ticket => "티켓, 구간 임대",
        Variant::Snowflake => "스노플레이크",
    },
    scheme_name: |scheme| match scheme {
        Scheme::MultiMaster => "다중 마스터",
        Scheme::Uuid => "UUID",
        Scheme::Ticket => "티켓 서버",
        Scheme::Snowflake => "스노플레이크",
    },
    promise: |scheme| match scheme {
        Scheme::MultiMaster => {
            "최대 64비트. 노드 안에서만 순서가 있습니다. 노드가 늘거나 줄면 K가 바뀌어 쓸 수 없습니다."
        }
        Scheme::Uuid => {
            "128비트, 36글자. 조율 없이 얼마든지 빠르게. 버전 7은 시간순, 버전 4는 순서가 없습니다."
        }
        Scheme::Ticket => {
            "최대 64비트. 중앙: 순서대로지만 카운터가 멈추면 끝. 임대: 1,000개씩, 구간 안에서 순서대로."
        }
        Scheme::Snowflake => {
            "63비트, 19자리. 작업자마다 밀리초당 4,096개, 시간순. 시계와 고유한 작업자 번호가 필요합니다."
        }
    },
    field: |name| match name {
        "sign" => "부호",
        "time" => "시각",
        "data centre" => "데이터 센터",
        "machine" => "서버",
        "sequence" => "일련번호",
        "version" => "버전",
        "counter" => "카운터",
        "variant" => "변형",
        "chance" => "난수",
        "number" => "번호",
        "turn" => "차례",
        "server" => "마스터",
        other => other,
    },
    bits: |bits| format!("{bits}비트"),
    policy: |policy| match policy {
        None => "시계를 믿음",
        Some(ClockPolicy::Wait) => "기다림",
        Some(ClockPolicy::Borrow) => "앞당겨 씀",
        Some(ClockPolicy::Refuse) => "거절",
    },
};

fn sentence(sums: &Sums) -> String {
    let mut text = format!("노드 {}개가 매번 중앙 서버에 묻지 않고 ID를 발급합니다.", sums.nodes);
    if sums.compared == 0 {
        text.push_str(" 아직 발급한 ID가 없습니다. 네 방식 모두를 눌러 보세요.");
    } else {
        let twice = match sums.repeated {
            0 => "중복은 없습니다".to_string(),
            repeated => format!("{}개가 중복입니다", count(repeated as u64)),
        };
        text += &format!(
            " 켜져 있는 노드들이 시작한 뒤로 {}개를 발급했고, 최근 {}개 가운데 {twice}.",
            count(sums.given),
            count(sums.compared as u64)
        );
    }
    if sums.refused > 0 {
        text += &format!(" 중복을 피하려고 요청 {}건을 거절했습니다.", sums.refused);
    }
    text
}

fn told(lane: &Lane) -> String {
    if lane.compared == 0 {
        return String::new();
    }
    let order = match lane.falls {
        0 => "모두 순서대로".to_string(),
        falls => format!("순서 어긋남 {}번", count(falls as u64)),
    };
    format!(
        "{}개 발급 · 최근 {}개: 중복 {}, {order}",
        count(lane.given),
        count(lane.compared as u64),
        lane.repeated
    )
}
