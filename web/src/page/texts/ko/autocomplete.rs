//! The page *Autocomplete* in Korean.

use crate::page::autocomplete::view::Facts;
use crate::page::frame::facts::count;
use crate::page::texts::{Autocomplete, Term};

pub(super) static AUTOCOMPLETE: Autocomplete = Autocomplete {
    title: "자동 완성",
    typed: "입력",
    first_typed: "하",
    search: "검색",
    crowd: "20명이 검색",
    rise: "마지막 제안을 10 올리기",
    stage: "트라이에서 지나온 부분",
    root: "루트",
    suggestions: "제안",
    nothing: "이렇게 시작하는 검색어가 없습니다.",
    nobody: "선택한 노드가 꺼져 있습니다. 다른 노드를 고르거나 다시 시작하세요.",
    pick: "이 검색어로 검색",
    trie_node: "트라이 노드",
    begin_so: "이렇게 시작하는 검색어",
    cached: Term {
        word: "미리 담아 둔 것",
        means: "트라이의 각 노드는 그 아래에서 가장 많이 찾은 검색어 열 개를 담아 둡니다. 그래서 답할 때는 글자만 따라가고 아무것도 뒤지지 않습니다.",
    },
    served_by: "답한 노드",
    queries: "서로 다른 검색어",
    batches: Term {
        word: "읽은 묶음",
        means: "검색어는 묶음으로 노드마다 하나씩 있는 로그에 저장됩니다. 모든 노드가 모든 로그를 읽어 다른 노드가 센 것도 알게 됩니다.",
    },
    snapshots: Term {
        word: "만든 스냅샷",
        means: "스냅샷은 지금까지의 모든 검색어를 담은 촘촘한 트라이입니다. 새 스냅샷은 옆에서 만들어져 멈춤 없이 자리를 바꾸고, 그동안에는 작은 트라이인 델타가 계속 셉니다.",
    },
    answered: "답한 횟수",
    try_this: "마지막 제안이 맨 위에 올 때까지 올려 보세요. 다른 노드도 같은 답을 할까요? 센 노드를 죽이고 다시 물어보세요.",
    letter: |seen, typed| format!("{seen}: {typed} 입력"),
    missing: |c| format!("{c}(으)로 이어지는 검색어 없음"),
    sentence,
};

fn sentence(facts: &Facts) -> String {
    let Some(node) = &facts.node else {
        return "선택한 노드가 꺼져 있습니다. 다른 노드는 모두 트라이 전체를 가지고 있어 답할 수 있습니다.".into();
    };
    let known = format!("노드 {node}: 검색어 {}개를 알고 있습니다.", count(facts.queries));
    let typed = facts.typed.trim();
    match &facts.best {
        _ if facts.queries == 0 => format!("노드 {node}: 지금까지 센 것을 읽고 있습니다."),
        Some((best, times)) if typed.is_empty() => {
            format!("{known} 가장 많이 찾은 것은 “{best}”, {}회입니다.", count(*times))
        }
        Some((best, times)) => format!(
            "{known} “{typed}”(으)로 시작하는 것은 {}개이고, 가장 많이 찾은 것은 “{best}”, {}회입니다.",
            count(facts.matching),
            count(*times)
        ),
        None => format!("{known} “{typed}”(으)로 시작하는 것은 없습니다."),
    }
}
