//! Korean: the page *Feed*.

use super::super::{Feed, Term};
use crate::page::feed::view::{Reach, Sums};
use crate::page::frame::facts::count;
use crate::page::world::people::name;
use ennead::feed::Post;
use ennead::port::UserId;
use std::collections::BTreeMap;

/// The words.
pub(super) static FEED: Feed = Feed {
    title: "뉴스 피드",
    author: "작성자",
    text: "글",
    publish: "올리기",
    reader: "피드 주인",
    read: "읽기",
    stage: "사람들과 친구 관계, 글이 가는 길, 그리고 피드 하나",
    pushed_way: "푸시: 친구의 수신함에 있음",
    pulled_way: "풀: 친구가 읽을 때 가져감",
    waiting_way: "가는 중",
    friendship: "친구",
    not_read: "아직 읽지 않았습니다. 읽기를 눌러 보세요.",
    empty: "아직 글이 없습니다.",
    own: "자기 글",
    by_push: "푸시",
    by_pull: "풀",
    number: "번호",
    said_at: "올린 시각",
    way: Term {
        word: "방식",
        means: "글을 쓸 때 친구에게 푸시합니다. 친구가 여기서는 다섯 명(서버에서는 500명)보다 많은 사람의 글은 읽을 때 가져옵니다.",
    },
    pushed_to: "수신함",
    belongs_to: "담당 노드",
    held_by: "보관 노드",
    costs: "방식마다 드는 비용",
    costs_of: "로그에 있는 글과 읽기를 기준으로, 실제로 한 일(혼합)과 푸시만 또는 풀만 썼다면 했을 일입니다.",
    ways: ["푸시", "풀", "혼합"],
    mean: "평균",
    rows_written: "수신함에 쓴 행",
    ranges_read: "읽은 범위",
    counted: "노드가 센 값",
    fanned_out: Term {
        word: "끝난 팬아웃",
        means: "글을 승인하기 전에 작업을 큐에 넣고, 어디까지 했는지 적어 둡니다. 종료된 노드를 이어받은 노드는 그 자리에서 계속합니다.",
    },
    resumed: "그중 이어받은 것",
    pushed: "푸시한 행",
    skipped: Term {
        word: "건너뜀",
        means: "30일 동안 읽지 않았거나 한 번도 읽지 않은 친구에게는 푸시하지 않습니다. 돌아오면 그때 피드를 만듭니다.",
    },
    inboxes: "읽은 수신함",
    pulled: "읽은 작성자 목록",
    looked_up: "찾은 글",
    remembered: "그중 메모리에서",
    try_this: "Ana로 글을 올리고 화살표를 보세요. 다음에는 친구가 일곱 명인 Mina로 올려 보세요. 어떤 화살표가 없고, 무엇이 절약될까요? 글이 가는 동안 노드를 종료해 보세요.",
    sentence,
    feed_of: |name| format!("{name}의 피드"),
    post_of: |name| format!("{name}의 글"),
    of_friends: |reached, all| format!("친구 {all}명 중 {reached}명"),
    graph,
};

fn graph(post: Option<&Post>, reached: &BTreeMap<UserId, Reach>) -> String {
    let Some(post) = post else {
        return "여덟 사람과 친구 관계. 아직 아무도 글을 올리지 않았습니다.".into();
    };
    let names = |reach: Reach| {
        let names = reached.iter().filter(|&(_, &is)| is == reach).map(|(&friend, _)| name(friend));
        names.collect::<Vec<_>>().join(", ")
    };
    let mut parts = Vec::new();
    for (reach, word) in [
        (Reach::Pushed, "수신함에 있음"),
        (Reach::Pulled, "읽을 때 가져감"),
        (Reach::Waiting, "가는 중"),
    ] {
        let names = names(reach);
        if !names.is_empty() {
            parts.push(format!("{names}: {word}"));
        }
    }
    format!("{}의 글. {}.", name(post.author), parts.join("; "))
}

fn sentence(sums: &Sums) -> String {
    if !sums.is_peopled {
        return "여덟 사람이 가입하고 친구가 됩니다. 어느 노드나 글을 받고 어느 노드나 피드를 보여 줍니다.".into();
    }
    let mut text = format!(
        "여덟 사람이 있고, Mina는 모두의 친구입니다. 글 {}개를 올렸고 피드를 {}번 읽었습니다.",
        count(sums.published),
        count(sums.reads),
    );
    if sums.refused > 0 {
        text += &format!(" 요청 {}건을 거절했습니다.", count(sums.refused));
    }
    text
}
