//! Korean: the page *Detection*.

use super::super::{Detection, Term};
use super::subject;
use crate::page::detection::action::Plan;
use crate::page::detection::name;
use crate::page::detection::run::DetectionLook;

/// The words.
pub(super) static DETECTION: Detection = Detection {
    title: "장애 감지",
    schemes: [
        Term {
            word: "가십",
            means: "서버마다 1초에 다섯 번 자기 카운터를 올리고, 알고 있는 모든 카운터를 매번 새로 뽑은 몇 대에 보냅니다. 저장소의 노드가 쓰는 방법입니다.",
        },
        Term {
            word: "모두에게 직접",
            means: "서버마다 1초에 다섯 번 자기 카운터를 올리고, 다른 모든 서버에 보냅니다.",
        },
    ],
    servers: "서버",
    loss: "손실",
    fan_out: Term {
        word: "가십 대상 수", means: "한 번에 몇 대의 서버에 목록을 보내는지입니다."
    },
    tolerance: "침묵을 참는 시간",
    tolerances: ["들은 대로 조정", "2초 고정"],
    kill: |name| format!("{name} 죽이기"),
    restart: |name| format!("{name} 다시 시작"),
    again: "처음부터",
    server_is: |name, runs, doubted| match (runs, doubted) {
        (true, 0) => format!("서버 {name}: 작동 중"),
        (true, by) => format!("서버 {name}: 작동 중, {by}대가 의심함"),
        (false, by) => format!("서버 {name}: 죽음, {by}대가 알아챔"),
    },
    a_second: |rate| format!("초당 메시지 {rate}개"),
    a_heartbeat: "오가는 심장박동",
    a_doubted: "다른 서버가 의심함, 그 수",
    a_killed: "죽음",
    list_of: |name| format!("{} 아는 것", subject(name)),
    knows_nothing: "죽어 있어서 아무것도 모릅니다.",
    counter: Term {
        word: "카운터",
        means: "그 서버의 카운터로 들은 가장 큰 값입니다. 서버는 매번 자기 카운터를 올립니다.",
    },
    silent: Term {
        word: "오른 지",
        means: "여기서 볼 때 이 값이 마지막으로 오른 뒤 지난 시간입니다.",
    },
    tolerated: Term {
        word: "참는 시간",
        means: "이 값이 얼마나 멈춰 있으면 죽은 것으로 여기는지입니다. 보통의 간격과 그 편차를 더한 값의 여섯 배이며, 2초 이상 6초 이하입니다. 그 절반이 지나면 의심합니다.",
    },
    health: "상태",
    itself: "자신",
    figures: "결과",
    was_killed: |name| format!("{} 죽었습니다", subject(name)),
    since_they_began: "시작한 뒤로",
    both_ways: "가십 · 직접",
    noticed_by: Term {
        word: "알아챈 서버", means: "죽은 것으로 여기는 다른 서버의 수입니다."
    },
    first: Term {
        word: "처음",
        means: "다른 서버 가운데 첫 서버가 죽은 것으로 여기기까지 걸린 시간입니다.",
    },
    half: Term {
        word: "절반", means: "작동 중인 다른 서버의 절반이 그러기까지 걸린 시간입니다."
    },
    all: Term {
        word: "모두", means: "작동 중인 다른 서버가 모두 그러기까지 걸린 시간입니다."
    },
    suspicions: Term {
        word: "잘못된 의심",
        means: "작동 중인 서버를 의심한 횟수입니다. 의심받는 서버에도 묻지만 먼저 묻지는 않습니다.",
    },
    alarms: Term {
        word: "잘못된 경보", means: "작동 중인 서버를 죽은 것으로 여긴 횟수입니다."
    },
    lost: Term {
        word: "잃은 메시지", means: "서버들이 시작한 뒤로 도중에 잃은 메시지입니다."
    },
    bytes: Term {
        word: "메시지당 바이트",
        means: "프레임의 평균 크기입니다. 가십은 목록 전체를 담으므로 서버가 많을수록 커집니다.",
    },
    try_this: "2초로 고정하고 메시지의 절반을 잃게 해 보세요. 누가 누구를 죽었다고 여기나요? 다른 방법으로도 해 보세요. 그런 다음 서버를 하나 죽여 보세요. 오래 참는 대가는 무엇인가요?",
    measuring: |percent| format!("측정 중: {percent} %"),
    messages_chart: "메시지",
    messages_axis: "초당 전체 메시지",
    alarms_chart: "잘못된 경보",
    alarms_axis: "시간당 잘못된 경보",
    loss_axis: "메시지 손실, %",
    tolerance_lines: ["가십, 2초", "직접, 2초", "가십, 조정", "직접, 조정"],
    sentence,
    keys_help: &[
        ("1 … 9", "서버 선택"),
        ("s", "다른 쪽 링의 목록"),
        ("k", "선택한 서버 죽이기 또는 다시 시작"),
        ("l", "메시지를 더 잃기"),
    ],
};

fn sentence(detection: &DetectionLook, plan: &Plan) -> String {
    let rate = |i: usize| detection.sides.get(i).map_or(0, |side| side.rate);
    let mut text = format!(
        "서버 {}대가 서로 살아 있음을 알리며, 메시지의 {} %를 잃습니다. {}대씩에 알리는 가십은 초당 메시지 {}개, 모두에게 직접 알리면 {}개가 듭니다.",
        detection.servers,
        detection.loss,
        plan.fan_out,
        rate(0),
        rate(1),
    );
    let alarms: u64 = detection.sides.iter().map(|side| side.counted.alarms).sum();
    if let Some(killed) = detection.killed {
        let by: Vec<String> = detection
            .sides
            .iter()
            .zip(["가십", "직접"])
            .map(|(side, way)| match side.noticed {
                Some(noticed) => match noticed.all {
                    Some(all) => format!("{way}은 {all} 만에 모두"),
                    None => format!("{way}은 {}대", noticed.by),
                },
                None => format!("{way}은 0대"),
            })
            .collect();
        text.push_str(&format!(" 죽은 {}: 알아챈 서버, {}.", name(killed), by.join(", ")));
    } else if alarms > 0 {
        text.push_str(&format!(" 살아 있는 서버를 죽었다고 여긴 일이 {alarms}번 있었습니다."));
    }
    text
}
