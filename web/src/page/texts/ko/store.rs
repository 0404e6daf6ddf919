//! Korean: the page *Store*.

use super::super::{Store, Term};
use super::subject;
use crate::page::store::sentence::{Facts, Trouble};

/// The words.
pub(super) static STORE: Store = Store {
    title: "저장소",
    key: "키",
    value: "값",
    first_key: "도시",
    first_value: "서울",
    second_value: "부산",
    put: "쓰기",
    get: "읽기",
    delete: "삭제",
    put_twice: "동시에 두 번 쓰기",
    put_twice_hint: "두 클라이언트가 같은 순간 서로 다른 노드에 다른 값을 씁니다. 서로를 모르므로 두 값이 모두 남습니다.",
    copies: Term {
        word: "복제본", means: "키마다 사본을 보관하는 노드의 수(N)입니다."
    },
    write: Term {
        word: "쓰기",
        means: "쓰기에 응답하기 전에 저장을 마쳐야 하는 노드의 수(W)입니다.",
    },
    read: Term { word: "읽기", means: "읽기에 답해야 하는 노드의 수(R)입니다." },
    quorum: Term {
        word: "정족수",
        means: "읽기와 쓰기에서 어느 노드를 세는지 정합니다. 엄격: 키의 담당 노드만 셉니다. 느슨: 링에서 만나는 정상 노드를 차례로 세므로 담당 노드가 없어도 쓸 수 있습니다.",
    },
    strict: "엄격",
    sloppy: "느슨",
    stage: "해시 링과 노드, 그 사이를 오가는 메시지",
    marks: "표시",
    cut_link: "끊김",
    not_stored: "저장되지 않음",
    deleted: "삭제됨",
    version: Term {
        word: "버전",
        means: "쓰기마다 한 번만 쓰이는 이름(점)이 붙습니다. 이름을 준 노드와 그 노드의 순번입니다. 버전을 보면 어느 쓰기가 나중인지, 어느 쓰기들이 서로를 몰랐는지 알 수 있습니다.",
    },
    belongs_to: Term {
        word: "담당 노드",
        means: "키의 구간에서 시계 방향으로 처음 만나는 서로 다른 N개의 노드입니다.",
    },
    held_by: "보유 노드",
    nobody: "없음",
    copies_differ: "지금은 사본이 서로 다릅니다.",
    copies_agree: "사본이 모두 같습니다.",
    siblings: Term {
        word: "형제 버전",
        means: "서로를 모르고 쓰인 값들입니다. 모두 본 클라이언트가 결정할 때까지 저장소는 전부 보관합니다.",
    },
    keep: "이 값으로 확정",
    take_key: "이 키 사용",
    each_copy: "사본별 내용",
    try_this: "키를 하나 쓴 다음, 담당 노드 하나를 죽이고 다시 써 보세요. 사본은 누가 대신 맡고, 언제 원래 노드로 돌아갈까요?",
    sentence,
    stands_in: |node, owner| format!("{node}({owner} 대신)"),
};

fn sentence(facts: &Facts) -> String {
    let mut text = format!(
        "노드 {}개가 키마다 사본 {}개를 보관하고, 쓰기에는 {}개가 응답해야 합니다.",
        facts.nodes, facts.copies, facts.write
    );
    for trouble in &facts.troubles {
        text.push(' ');
        let list = |names: &[String]| names.join(", ");
        text.push_str(&match trouble {
            Trouble::Down(names) => format!("{} 다운되었습니다.", subject(&list(names))),
            Trouble::Paused(names) => format!("{} 멈춰 있습니다.", subject(&list(names))),
            Trouble::CutOff(names) => {
                format!("{} 다른 노드에서 고립되었습니다.", subject(&list(names)))
            }
            Trouble::Split(one, other) => {
                format!("네트워크가 {} | {} 둘로 나뉘었습니다.", list(one), list(other))
            }
            Trouble::Cuts(count) => format!("연결 {count}개가 끊겼습니다."),
            Trouble::Hints { keepers, owners, count } => format!(
                "{} {}의 힌트 {count}개를 보관하고 있습니다.",
                subject(&list(keepers)),
                list(owners)
            ),
            Trouble::Siblings { key, count } => {
                format!("키 {key}에 서로를 모르고 쓰인 값이 {count}개 있습니다.")
            }
            Trouble::Broken(count) => format!("검사에서 깨진 약속 {count}건을 찾았습니다."),
        });
    }
    if facts.troubles.is_empty() {
        text.push_str(" 모든 노드가 정상입니다.");
    }
    text
}
