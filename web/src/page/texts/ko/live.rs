//! Korean: the page *Live*.

use super::super::Live;
use crate::page::live::state::{Link, Live as State, Standing};

/// The words.
pub(super) static LIVE: Live = Live {
    title: "실제 클러스터",
    name: "이름",
    password: "비밀번호",
    email: "이메일",
    email_optional: "이메일(선택)",
    sign_up: "가입",
    log_in: "로그인",
    log_out: "로그아웃",
    no_answer: "이 노드가 응답하지 않습니다. 다시 해 보거나 다른 노드에서 페이지를 여세요.",
    logged_out: "로그인이 끝났습니다. 다시 로그인하세요.",
    ending: "여기서는 로그아웃했습니다. 노드가 아직 확인하지 않았으니 이 창을 열어 두세요. 페이지가 다시 요청합니다.",
    nobody: "노드가 이 페이지를 제공하면 여기서 사람들이 대화할 수 있습니다. 노드 세 개를 시작하세요: cargo xtask run.",
    nodes: "노드",
    here: "이 페이지",
    up: "작동 중",
    down: "연결 안 됨",
    people: "사람들",
    friend: "사람 이름",
    befriend: "친구 신청",
    asks: "받은 친구 신청",
    friends: "친구",
    groups: "그룹",
    others: "그 밖의 대화",
    asked: "보낸 친구 신청",
    blocked: "차단함",
    no_friends: "아직 친구가 없습니다. 이름으로 신청해 보세요.",
    accept: "수락",
    decline: "거절",
    take_back: "취소",
    end: "친구 끊기",
    block: "차단",
    unblock: "차단 해제",
    online: "온라인",
    offline: "오프라인",
    new_group: "새 그룹",
    group_name: "그룹 이름",
    found: "만들기",
    leave: "나가기",
    conversation: "대화",
    none_open: "대화할 친구를 고르세요.",
    earlier: "이전 메시지",
    message: "메시지",
    say: "보내기",
    waits: "보내는 중",
    hidden: "(숨김)",
    feed: "뉴스 피드",
    post: "글",
    publish: "올리기",
    no_posts: "나와 친구들의 글이 아직 없습니다.",
    more: "이전 글",
    by: "작성자",
    number: "번호",
    id: "식별자",
    in_conversation: "대화",
    kept_at: "저장 시각",
    kept_by: "확인한 노드",
    read_by: "읽은 사람",
    posted_at: "올린 시각",
    chat_at: "채팅 노드",
    open: "열림",
    connecting: "연결 중",
    waiting: "보낼 메시지",
    notices: "알림",
    set: "저장",
    mail_me: "놓친 소식을 메일로 받기",
    try_this: "두 노드에서 이 페이지를 열고, 두 사람으로 가입해 친구가 되어 대화해 보세요. 그다음 셋째 노드의 프로세스를 종료하고 계속해 보세요. 무엇이 보이나요? 이제 두 사람의 노드 중 하나를 종료해 보세요.",
    sentence,
    steps: |node| {
        vec![
            format!("이 노드 {node}에서 가입하세요."),
            "다른 창에서 다른 노드의 페이지를 열고 다른 사람으로 가입하세요.".into(),
            "이름으로 친구를 신청하고 수락한 다음 대화하세요. 어느 노드나 누구에게나 응답합니다."
                .into(),
        ]
    },
    kept: |number| format!("저장됨 · {number}"),
    read: |number| format!("읽음 · {number}"),
    unread: |count| format!("새 메시지 {count}개"),
    typing: |names| match names {
        [] => String::new(),
        names => format!("{} 입력 중", names.join(", ")),
    },
    add: |name| format!("{name} 추가"),
    block_sure: |name| format!("{name} 차단할까요?"),
    media: |images, videos| {
        let count = |word: &str, count: usize| (count > 0).then(|| format!("{word} {count}개"));
        let all = [count("이미지", images), count("동영상", videos)];
        all.into_iter().flatten().collect::<Vec<_>>().join(", ")
    },
};

fn sentence(live: &State) -> String {
    let Some(node) = &live.node else {
        return "이 페이지를 제공하는 클러스터가 없습니다. 다른 페이지는 시뮬레이션을 보여 줍니다."
            .into();
    };
    let place = match live.nodes.len() {
        0 | 1 => format!("노드 {node}"),
        count => format!("노드 {count}개 중 {node}"),
    };
    let Some(person) = &live.person else {
        return format!(
            "실제 클러스터이며 지금 {place}에 있습니다. 가입해서 다른 노드에 있는 사람과 대화해 보세요."
        );
    };
    // Whose log-in it is may not be known yet.
    let name = if person.name.is_empty() { "나" } else { person.name.as_str() };
    let mut text = match person.socket {
        Link::Open { .. } => format!("{name}: {place}."),
        Link::Due { failures: 1.., .. } | Link::Opening { failures: 1.., .. } => {
            let rest = match person.device.outbox().len() {
                0 => "저장된 것은 사라지지 않습니다. 다시 연결하는 중이며, 다른 노드에서 열어도 됩니다.".into(),
                count => format!(
                    "메시지 {count}개가 이 창에서 기다리며 노드가 돌아오면 보냅니다. 창을 열어 두세요."
                ),
            };
            format!("{name}: {place} 응답 없음. {rest}")
        }
        _ => format!("{name}: {place}에 연결 중."),
    };
    if !person.socket.is_open() {
        return text; // nobody can tell who is there
    }
    let friends = person.friends.iter().filter(|friend| friend.standing == Standing::Friends);
    let (there, away): (Vec<_>, Vec<_>) =
        friends.partition(|friend| person.device.online().contains(&friend.id));
    match there.as_slice() {
        [] if away.is_empty() => {}
        [] => text += " 온라인인 친구가 없습니다.",
        there => {
            let names: Vec<&str> =
                there.iter().take(3).map(|friend| friend.name.as_str()).collect();
            let more = if there.len() > names.len() { " 등" } else { "" };
            text += &format!(" 온라인 친구 {}명: {}{more}.", there.len(), names.join(", "));
        }
    }
    if let Some(friend) = person.friends.iter().find(|friend| friend.standing == Standing::Asks) {
        text += &format!(" {}의 친구 신청이 있습니다.", friend.name);
    }
    text
}
