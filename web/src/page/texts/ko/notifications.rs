//! Korean: the page *Notifications*.

use super::super::{Notifications, Term};
use crate::page::frame::facts::count;
use crate::page::notifications::view::Sums;
use ennead::port::Channel;

/// The words.
pub(super) static NOTIFICATIONS: Notifications = Notifications {
    title: "알림",
    to: "받는 사람",
    text: "내용",
    send: "보내기",
    send_many: "열두 번 보내기",
    fail: "메일 고장 내기",
    mend: "메일 고치기",
    opt_out: "메일 수신 거부",
    opt_in: "메일 수신 허용",
    replay: "배달 불능 다시 보내기",
    stage: "채널별 알림의 경로와 결과",
    channel: "채널",
    queue: "대기열",
    worker: "작업 노드",
    provider: "전달 업체",
    devices: "기기",
    idle: "없음: 대기열이 비어 있음",
    working: "정상",
    failing: "고장",
    left_alone: "고장, 잠시 요청하지 않음",
    tried_again: "다시 시험 중",
    kill: "종료",
    arrivals: "도착한 것, 최근 순",
    dead: "배달 불능, 누군가 다시 보낼 때까지 보관",
    no_dead: "배달 불능이 없습니다.",
    counted: "실행 중인 노드가 센 값",
    accepted: "접수",
    duplicates: Term {
        word: "이미 아는 사건",
        means: "전에 접수한 사건의 알림입니다. 다시 확인만 해 주고 두 번 전달하지 않습니다.",
    },
    sent: "업체가 받음",
    retried: Term {
        word: "재시도",
        means: "업체가 지금은 거절했거나 답하지 않았습니다. 다음 시도까지의 최대 대기 시간은 두 배가 되고, 우연이 이를 흩어 놓습니다.",
    },
    set_aside: Term {
        word: "배달 불능",
        means: "여섯 번 시도한 뒤, 또는 업체가 영구히 거절하면 바로 따로 보관합니다. 잃어버리지 않습니다.",
    },
    taken_back: "다시 보냄",
    not_wanted: "수신 거부",
    gone: "사라진 기기",
    limited: Term {
        word: "줄 서서 기다림",
        means: "한 사람은 채널마다 한꺼번에 서른 번, 그 뒤로는 초당 한 번까지 받습니다. 나머지는 줄을 서서 기다립니다.",
    },
    opted_out: "수신 거부한 채널",
    nothing: "없음",
    try_this: "메일을 고장 내고 열두 번 보내 보세요. 대기열과 작업 노드는 무엇을 하나요? 작업 노드를 종료하고, 메일을 고치고, 배달 불능을 다시 보내 보세요. 열둘 가운데 빠진 것이 있나요?",
    keys_help: &[("t", "보내기")],
    sentence,
    channel_name: |channel| match channel {
        Channel::ApplePush => "애플 푸시",
        Channel::AndroidPush => "안드로이드 푸시",
        Channel::WebPush => "웹 푸시",
        Channel::Sms => "문자 메시지",
        Channel::Email => "메일",
    },
    waiting: |waiting, in_hand, later| {
        format!("대기 {}, 처리 중 {}, 나중 {}", count(waiting), count(in_hand), count(later))
    },
    refused: |asked, refused| format!("{}건 중 {}건 실패", count(asked), count(refused)),
    arrived: |arrived, repeated| match repeated {
        0 => format!("{}건 도착", count(arrived)),
        _ => format!("{}건 도착, 중복 {}건 버림", count(arrived), count(repeated)),
    },
    repeated: |times| format!("{times}번 더 옴"),
    because: |attempts, reason| format!("{attempts}회 {reason}"),
    works: |node, queue, in_hand| format!("{node}: 대기열 {queue}, 처리 중 {in_hand}"),
};

fn sentence(sums: &Sums) -> String {
    if sums.accepted == 0 && sums.arrived == 0 {
        return "어느 노드든 알림을 접수하고, 어느 노드든 전달합니다. 아직 접수한 것이 없습니다."
            .into();
    }
    let mut text = format!(
        "실행 중인 노드가 알림 {}건을 접수했고, 메시지는 모두 {}건이 도착했습니다.",
        count(sums.accepted),
        count(sums.arrived)
    );
    if let Some(channel) = sums.down {
        let name = (NOTIFICATIONS.channel_name)(channel);
        text += &format!(" {name} 전달 업체가 고장입니다.");
    }
    if sums.waiting > 0 {
        text += &format!(" {}건이 대기열에서 기다립니다.", count(sums.waiting));
    }
    if sums.dead > 0 {
        text += &format!(" 배달 불능 {}건.", count(sums.dead as u64));
    }
    text
}
