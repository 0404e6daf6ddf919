//! Korean: the page *Shortener*.

use super::super::{Shortener, Term};
use crate::page::frame::facts::count;
use crate::page::shortener::view::Sums;
use ennead::shortener::{Counters, HashFunction, Scheme};

/// The words.
pub(super) static SHORTENER: Shortener = Shortener {
    title: "URL 단축",
    url: "주소",
    wished: "원하는 코드",
    scheme: "코드 방식",
    redirect: "리디렉션",
    shorten: "단축",
    follow: "따라가기",
    stage: "주소가 거치는 길과 모든 단축 주소",
    none_yet: "아직 단축한 주소가 없습니다. 단축을 눌러 보세요.",
    asked: "1. 요청",
    coded: "2. 코드 발급",
    stored: "3. 저장",
    led_on: "4. 리디렉션",
    links: "단축 주소, 최근 것부터",
    code: "코드",
    made_by: "요청 노드",
    made_at: "만든 시각",
    number: Term {
        word: "번호",
        means: "노드마다 한 카운터의 번호를 1,000개씩 임대합니다. 그래서 같은 번호가 두 번 나오지 않고, 매번 물을 필요도 없습니다.",
    },
    belongs_to: "담당 노드",
    held_by: "보관 노드",
    counted: "노드가 센 값",
    made: "만든 링크",
    known: "이미 아는 주소",
    followed: "안내한 요청",
    remembered: Term {
        word: "메모리에서",
        means: "링크는 바뀌지 않으므로 한 번 본 노드는 다시 읽지 않아도 됩니다.",
    },
    missed: "없는 코드",
    candidates: "시도한 해시",
    collisions: Term {
        word: "충돌",
        means: "다른 주소가 이미 쓰는 해시 후보입니다. 정해진 문자열을 덧붙여 다시 해시합니다.",
    },
    spared: Term {
        word: "아낀 조회",
        means: "블룸 필터가 새 코드임을 확신하여 조회하지 않았습니다.",
    },
    try_this: "한 노드에서 주소를 단축하고 다른 노드에서 따라가 보세요. 그 링크를 보관하는 노드 하나를 종료하고 같은 주소를 다시 단축하면, 이미 아는 주소일까요?",
    sentence,
    scheme_name: |scheme| match scheme {
        Scheme::Counter => "카운터, 62진법",
        Scheme::Hash(HashFunction::Crc32) => "해시, CRC-32",
        Scheme::Hash(HashFunction::Md5) => "해시, MD5",
        Scheme::Hash(HashFunction::Sha1) => "해시, SHA-1",
    },
    by_counter: |number, code| format!("번호 {} → 키로 뒤섞음 → 62진법: {code}", count(number)),
    by_claim: |code| format!("한 주소만 차지할 수 있는 레지스터에 등록: {code}"),
};

fn sentence(sums: &Sums) -> String {
    if !sums.is_any {
        return "어느 노드에서나 주소를 단축하고 어느 노드에서나 따라갈 수 있습니다. 아직 단축한 주소가 없습니다."
            .into();
    }
    let Counters { made, followed, missed, .. } = sums.counters;
    let mut text = format!(
        "켜져 있는 노드들이 시작한 뒤로 링크 {}개를 만들고 요청 {}건을 안내했습니다.",
        count(made),
        count(followed),
    );
    if missed > 0 {
        text += &format!(" 없는 코드를 찾은 요청이 {}건 있었습니다.", count(missed));
    }
    text
}
