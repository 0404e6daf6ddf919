//! Korean.

mod accounts;
mod autocomplete;
mod chat;
mod crawler;
mod detection;
mod feed;
mod ids;
mod live;
mod notifications;
mod overview;
mod ring;
mod shortener;
mod store;
mod world;

use super::{Texts, short, strong};
use crate::page::action::{Lines, Notice};
use world::refusal;

/// All words.
pub(super) static TEXTS: Texts = Texts {
    this_language: "한국어",
    pages: "페이지",
    foundations: "기초",
    services: "서비스",
    panels: "화면 나누기",
    light: "밝게",
    dark: "어둡게",
    keyboard: "단축키",
    commands: "명령",
    search_commands: "명령 찾기",
    no_command: "맞는 명령이 없습니다.",
    close: "닫기",
    dismiss: "지우기",
    copy_link: "링크 복사",
    try_this: "해 보세요",
    time: "시간",
    play: "재생",
    pause: "일시 정지",
    step: "한 단계",
    speed: "속도",
    moment: "시각",
    log: "기록",
    open_log: "기록 열기",
    close_log: "기록 닫기",
    filter: "포함된 단어",
    kinds: "기록 종류",
    only_selected: "선택한 것만",
    held: "가리키는 동안에는 기록이 멈춰 있습니다.",
    no_lines: "해당하는 기록이 아직 없습니다.",
    do_tab: "실행",
    inspect_tab: "살펴보기",
    keys_help: &[
        ("/", "키 입력란으로"),
        ("Ctrl K", "모든 명령"),
        ("Esc", "닫기 또는 선택 해제"),
        ("?", "단축키 보기"),
    ],
    replaying: |percent| format!("다시 실행 중: {percent} %"),
    speed_reached: |reached| format!("실제 ×{}", crate::page::snapshot::figure(reached)),
    lines: |lines| match lines {
        Lines::Main => "중요한 것",
        Lines::All => "전체",
        Lines::Yours => "내가 한 일",
        Lines::Faults => "장애",
        Lines::Refusals => "거절",
        Lines::Repairs => "힌트와 복구",
    },
    notice,
    go_to_page: |page| format!("{page} 페이지"),
    go_to_speed: |speed| format!("속도 ×{speed}"),
    world: &world::WORLD,
    overview: &overview::OVERVIEW,
    ring: &ring::RING,
    store: &store::STORE,
    autocomplete: &autocomplete::AUTOCOMPLETE,
    ids: &ids::IDS,
    shortener: &shortener::SHORTENER,
    accounts: &accounts::ACCOUNTS,
    notifications: &notifications::NOTIFICATIONS,
    crawler: &crawler::CRAWLER,
    detection: &detection::DETECTION,
    chat: &chat::CHAT,
    feed: &feed::FEED,
    live: &live::LIVE,
};

/// Whether the last sound of a name is a consonant, as it is read aloud in Korean; it decides
/// which particle follows.
fn ends_in_consonant(word: &str) -> bool {
    match word.chars().last() {
        Some(c @ '가'..='힣') => (u32::from(c) - 0xAC00) % 28 != 0,
        // 엘, 엠, 엔, 알 among letters; 영, 일, 삼, 육, 칠, 팔 among digits.
        Some(c) => matches!(
            c.to_ascii_uppercase(),
            'L' | 'M' | 'N' | 'R' | '0' | '1' | '3' | '6' | '7' | '8'
        ),
        None => false,
    }
}

/// A name with 이 or 가.
fn subject(name: &str) -> String {
    format!("{name}{}", if ends_in_consonant(name) { "이" } else { "가" })
}

/// A name with 을 or 를, standing out.
fn object(name: &str) -> String {
    format!("{}{}", strong(name), if ends_in_consonant(name) { "을" } else { "를" })
}

fn key_object(key: &ennead::kv::Key) -> String {
    object(&short(key.partition()))
}

fn notice(notice: &Notice) -> String {
    match notice {
        Notice::Copied => {
            "링크를 복사했습니다. 이 링크를 열면 지금 보이는 그대로 나타납니다.".into()
        }
        Notice::CopyFailed(link) => {
            format!("브라우저가 클립보드를 막고 있습니다. 링크: {link}")
        }
        Notice::BadLink(reason) => {
            format!("링크를 열 수 없어 처음 모습을 보여 줍니다. 원인: {reason}.")
        }
        Notice::OtherBuild(build) => {
            format!("{} 버전에서 만든 링크이므로 여기서는 다르게 재현될 수 있습니다.", build)
        }
        Notice::BadKey(error) => format!("요청하지 않았습니다. {}.", refusal(error)),
        Notice::OneSide => {
            "나누지 않았습니다. 한쪽에 둘 노드를 고르고, 다른 쪽에도 노드를 남기세요.".into()
        }
        Notice::NobodyUp => {
            "요청하지 않았습니다. 실행 중인 노드가 없으니 하나를 재시작하세요.".into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particles_follow_the_last_sound() {
        assert_eq!(subject("A"), "A가");
        assert_eq!(subject("N3"), "N3이");
        assert_eq!(subject("서울"), "서울이");
        assert!(object("도시").ends_with('를'));
        assert!(object("부산").ends_with('을'));
    }
}
