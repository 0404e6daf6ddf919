//! Korean: the page *Ring*.

use super::super::{Ring, Term, short, strong};
use super::subject;
use crate::page::ring::action::Fields;
use crate::page::ring::state::{Change, KEYS, What};

/// The words.
pub(super) static RING: Ring = Ring {
    title: "해시 링",
    key: "키",
    first_key: "도시",
    weight: "가중치",
    points: Term {
        word: "점",
        means: "서버는 가중치에 비례하는 여러 점(가상 노드)으로 링 위에 놓입니다. 점이 많을수록 몫이 고르게 됩니다.",
    },
    join: "서버 추가",
    leave: |name| format!("{name} 제거"),
    reset: "처음부터",
    servers: "서버 목록",
    server: "서버",
    lighter: "가볍게",
    heavier: "무겁게",
    share: Term {
        word: "링에서 맡은 몫",
        means: "이 서버에 속한 키가 놓이는 링의 부분, 곧 이 서버의 점에서 끝나는 호를 모두 합한 것입니다.",
    },
    of_fair: Term {
        word: "공평한 몫 대비",
        means: "맡은 몫을 가중치에 따른 공평한 몫으로 나눈 값입니다. 100 %면 꼭 제 몫입니다.",
    },
    keys_on_ring: "링에서 맡은 키",
    keys_by_modulo: "나머지 연산으로 맡은 키",
    hash: Term {
        word: "해시",
        means: "키의 SHA-1 값으로, 160비트 가운데 앞 64비트를 보여 줍니다. 링 위에서 키가 놓이는 자리입니다.",
    },
    belongs_to: Term {
        word: "담당 서버",
        means: "키가 놓인 자리에서 시계 방향으로 처음 만나는 서버입니다.",
    },
    next_servers: Term {
        word: "사본을 둘 서버",
        means: "시계 방향으로 이어서 만나는 서로 다른 서버입니다. 저장소는 여기에 사본을 더 둡니다.",
    },
    by_modulo: Term {
        word: "나머지 연산",
        means: "해시를 서버 수로 나눈 나머지가 서버 번호입니다. 추가된 순서대로 0부터 셉니다.",
    },
    ring: "링",
    modulo: "나머지 연산",
    moved: Term {
        word: "캐시 미스",
        means: "담당 서버가 바뀐 키입니다. 캐시라면 새 서버에서 한 번씩 찾지 못합니다.",
    },
    least: Term {
        word: "가능한 최소",
        means: "각 서버가 지금만큼의 키를 맡으려면 어떤 방법으로든 옮겨야 하는 키의 수입니다.",
    },
    over_least: Term {
        word: "이동 / 최소",
        means: "1.00이 이상적입니다. 남아 있어도 되는 키는 하나도 옮기지 않았다는 뜻입니다.",
    },
    earlier: "이전 변경: 링 · 나머지 연산",
    spread: "고른 정도",
    fair: "100 %",
    axis: "링에서 맡은 몫, 공평한 몫 대비 %",
    deviation: Term {
        word: "편차",
        means: "서버들이 맡은 몫의 표준 편차를 공평한 몫으로 나눈 값입니다.",
    },
    expected: Term {
        word: "1 / √점의 수",
        means: "예상되는 편차입니다. 점이 네 배면 절반이 됩니다.",
    },
    peak: Term {
        word: "최대 / 평균",
        means: "가장 많이 맡은 서버의 몫을 공평한 몫으로 나눈 값입니다.",
    },
    a_key: "키",
    a_moved_key: "마지막 변경으로 옮겨진 키",
    a_point: "서버의 점",
    circles: "바깥은 링, 안쪽은 나머지 연산",
    nothing_yet: ("서버를 추가하거나 제거해 보세요.", "어떤 키가 옮겨질까요?"),
    moved_on_ring: "링에서 옮겨진 키",
    moved_by_modulo: "나머지 연산으로 옮겨진 키",
    try_this: "서버를 하나 제거하고 두 원을 견주어 보세요. 그다음 점을 하나씩만 두면 링은 얼마나 고르지 않게 되고, 서버를 추가하는 비용은 얼마가 될까요?",
    back: "뒤로",
    on: "앞으로",
    moment: |at, last| match last {
        0 => "아직 변경 없음".into(),
        last => format!("변경 {at} / {last}"),
    },
    sentence,
    what,
    change,
    picture: |state| {
        let names: Vec<&str> = state.members().iter().map(|member| member.name.as_str()).collect();
        format!("서버 {}, 키 {KEYS}개가 놓인 링", names.join(", "))
    },
    keys_help: &[
        ("j", "서버 추가"),
        ("k", "선택한 서버 제거"),
        ("+ −", "선택한 서버를 무겁게 또는 가볍게"),
        ("1 … 9", "서버 선택"),
        (", .", "변경 하나 뒤로, 앞으로"),
    ],
};

fn sentence(fields: &Fields) -> String {
    let state = &fields.state;
    let owner = state.ring.owner(fields.key.as_bytes()).map_or("?", |id| state.name(id));
    let each = if state.members().iter().any(|member| member.weight > 1) {
        "가중치 1마다"
    } else {
        "저마다"
    };
    let mut text = format!(
        "서버 {}개가 {each} 점 {}개로 링 위에 있습니다. 키 {}의 담당은 시계 방향으로 처음 만나는 {owner}입니다.",
        state.members().len(),
        state.points,
        short(fields.key.as_bytes()),
    );
    if let Some(change) = state.changes.first() {
        text.push_str(&format!(
            " {}: 키 {KEYS}개 중 {}개가 옮겨졌고, 나머지 연산으로는 {}개가 옮겨집니다.",
            what(&change.what),
            change.ring.moved(),
            change.modulo.moved()
        ));
    }
    text
}

fn what(what: &What) -> String {
    match what {
        What::Join(name) => format!("{} 들어옴", subject(name)),
        What::Leave(name) => format!("{} 나감", subject(name)),
        What::Weigh(name, weight) => format!("{name}의 가중치 {weight}"),
        What::Points(points) => format!("가중치 1마다 점 {points}개"),
    }
}

fn change(change: &Change) -> String {
    let (ring, modulo) = (&change.ring, &change.modulo);
    let ideal = if ring.moved() == ring.least() { "(가능한 최소)" } else { "" };
    format!(
        "{}: 키 {KEYS}개 중 링에서는 {}개{ideal}, 나머지 연산으로는 {}개 이동",
        what(&change.what),
        strong(&ring.moved().to_string()),
        strong(&modulo.moved().to_string()),
    )
}
