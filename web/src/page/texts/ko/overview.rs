//! Korean: the page *Overview*.

use super::super::Overview;
use super::subject;
use crate::page::frame::facts::count;
use crate::page::overview::tally::{OverviewLook, State, System};

/// The words.
pub(super) static OVERVIEW: Overview = Overview {
    title: "한눈에 보기",
    stage: "서로를 딛고 선 시스템들과 그 아래의 노드들",
    how: "서비스는 저장소를, 저장소는 링을 딛고 섭니다. 채팅, 알림, 피드는 계정과 ID도 딛고 섭니다. 모두 모든 노드에서 돕니다.",
    fault: ["죽이기", "재시작"],
    requests: "요청",
    system: "시스템",
    answered: "응답",
    refused_column: "거절",
    last_by: "마지막 노드",
    try_this: "노드 하나를 죽여 보세요. 어느 시스템이 알아차리나요? 둘째, 셋째 노드도 죽여 보세요. 무엇이 얼마 동안 거절되고, 무엇은 그래도 이어지나요?",
    sentence,
    name: |system| match system {
        System::Ring => "해시 링",
        System::Store => "저장소",
        System::Ids => "유일 ID",
        System::Accounts => "계정",
        System::Chat => "채팅",
        System::Feed => "피드",
        System::Notifications => "알림",
        System::Shortener => "URL 단축",
        System::Crawler => "크롤러",
        System::Autocomplete => "자동 완성",
    },
    things: |system| match system {
        System::Ring => "개의 링 조각",
        System::Store => "번의 읽기와 쓰기",
        System::Ids => "개의 ID 발급",
        System::Accounts => "명",
        System::Chat => "개의 메시지",
        System::Feed => "개의 게시물",
        System::Notifications => "개의 알림 접수",
        System::Shortener => "개의 링크",
        System::Crawler => "쪽 보관",
        System::Autocomplete => "번의 검색 집계",
    },
    state: |state| match state {
        State::Answers => "응답함",
        State::Refuses => "거절함",
        State::Silent => "조용함",
    },
    copies: |copies| format!("조각마다 노드 {copies}개가 보관"),
    last_answer: |ago| match ago {
        Some(ago) => format!("{ago}초 전에 응답"),
        None => "아직 응답 없음".into(),
    },
    refused: |refused| format!("거절 {}", count(refused)),
};

fn sentence(overview: &OverviewLook) -> String {
    let named = |state: State| -> Vec<&str> {
        let systems = overview.systems.iter().filter(|shown| shown.state == state);
        systems.map(|shown| (OVERVIEW.name)(shown.system)).collect()
    };
    let mut text =
        format!("시스템 {}개가 노드 {}개 위에 서 있", overview.systems.len(), overview.nodes);
    match (named(State::Silent), named(State::Refuses)) {
        (silent, refusing) if silent.is_empty() && refusing.is_empty() => {
            text.push_str("고, 모두 응답합니다.");
        }
        (silent, refusing) if silent.is_empty() => {
            text.push_str(&format!(
                "습니다. 방금 {} 요청을 거절했습니다.",
                subject(&refusing.join(", "))
            ));
        }
        (silent, _) => {
            text.push_str(&format!(
                "습니다. {} 몇 초째 응답이 없습니다.",
                subject(&silent.join(", "))
            ));
        }
    }
    if !overview.away.is_empty() {
        text.push_str(&format!(" 노드 {} 빠졌습니다.", subject(&overview.away.join(", "))));
    }
    text
}
