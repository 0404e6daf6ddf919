//! Korean: the page *Crawler*.

use super::super::{Crawler, Names, Term};
use super::subject;
use crate::page::crawler::cluster::ClusterLook;
use crate::page::crawler::run::{CrawlLook, CrawlsLook, HostQueue, Mark};
use ennead::crawler::Status;
use ennead::sim::Temper;

/// The words.
pub(super) static CRAWLER: Crawler = Crawler {
    title: "크롤러",
    web: "웹",
    what_web: "번호마다 다른 웹이 만들어집니다. 세 크롤링 모두 사이트 A와 B의 첫 페이지에서 시작합니다.",
    again: "다시 크롤링",
    cluster: "클러스터에서 크롤링",
    cancel: "크롤링 끝내기",
    shown: "보기",
    pictures: ["세 가지 순서", "클러스터"],
    no_crawl: "아직 아무도 클러스터에 크롤링을 요청하지 않았습니다.",
    runner: Term {
        word: "수행 노드",
        means: "크롤링의 임대를 가진 노드입니다. 이 노드가 사라지면 10초 뒤 임대가 끝나고, 다른 노드가 테이블에 있는 내용부터 이어 갑니다.",
    },
    nobody: "지금은 없음",
    taken_up: Term {
        word: "맡은 횟수",
        means: "노드가 크롤링을 맡아 시작한 횟수입니다. 저마다 다른 번호로 기록하므로 두 노드의 기록이 섞이지 않습니다.",
    },
    kept: "보관한 페이지",
    report_on: Term {
        word: "보고 보관 노드",
        means: "수행 노드가 1초에 한 번쯤 적는 내용을 가진 노드들입니다.",
    },
    crawl_number: "크롤링",
    runners: "노드",
    take_ups: "맡음",
    try_cluster: "클러스터에서 크롤링하게 하고 수행 노드를 죽여 보세요. 얼마 동안 아무도 이어 가지 않고, 어느 페이지를 두 번 가져오나요?",
    of_cluster,
    inspect: "살펴보기",
    orders: [
        Term {
            word: "깊이 우선",
            means: "가장 최근에 찾은 주소부터 방문합니다. 한 길을 끝까지 따라가며, 함정에 빠지면 빠져나오지 못합니다.",
        },
        Term {
            word: "너비 우선",
            means: "가장 먼저 찾은 주소부터 방문합니다. 가까운 페이지가 먼저이지만, 한 호스트에 요청이 몰릴 수 있습니다.",
        },
        Term {
            word: "예의 바른",
            means: "너비 우선이되 호스트마다 한 번에 한 요청만 보내고, 응답 뒤에는 쉽니다. 적어도 0.25초, 응답 시간의 두 배, 그리고 robots.txt가 요청한 만큼입니다.",
        },
    ],
    stage: "하나의 웹을 세 가지 순서로 크롤링",
    marks: "표시",
    pages: "페이지",
    depth: "깊이",
    at_once: "최대 동시",
    a_second: "최대 초당",
    frontier: Term {
        word: "미수집 URL 저장소",
        means: "찾았지만 아직 방문하지 않은 주소들입니다.",
    },
    fronts: Term {
        word: "전면 큐",
        means: "우선순위별 주소입니다. 시작점에 가까울수록 먼저입니다. 차례의 절반은 첫 큐, 사분의 일은 둘째 큐로 가므로 굶는 큐가 없습니다.",
    },
    backs: Term {
        word: "후면 큐",
        means: "호스트마다 하나씩 있습니다. 호스트가 다 쉬면 차례가 옵니다.",
    },
    waiting: "대기 합계",
    sites: "사이트",
    figures: "결과",
    requests: "요청",
    copies: Term {
        word: "중복 + 유사 중복",
        means: "앞선 페이지와 바이트가 같은 페이지와, 글이 몇 단어만 다른 페이지(simhash 64비트 가운데 3비트 이내)입니다.",
    },
    moved: "다른 주소로 이동",
    refused: "없음 또는 페이지 아님",
    disallowed: Term {
        word: "수집 금지",
        means: "사이트의 robots.txt가 크롤러에게 방문하지 말라고 한 주소입니다.",
    },
    failed: "실패",
    trapped: Term {
        word: "달력",
        means: "사이트 B의 달력은 날마다 다음 날로 이어져 끝이 없습니다. 한 폴더의 주소 수를 제한해 멈춥니다.",
    },
    try_this: "시간을 흐르게 하고 깊이 우선을 보세요. 어디에서 헤어나지 못하고, 어느 크롤링이 한 사이트에 가장 많이 몰리나요? 그런 다음 예의 바른 순서를 골라 호스트가 쉬는 모습을 보세요.",
    keys_help: &[("a", "다시 크롤링"), ("g", "클러스터에서 크롤링"), ("o", "다음 순서 살펴보기")],
    sentence,
    graph,
    mark: |mark| match mark {
        Mark::Unknown => "모름",
        Mark::Waiting => "대기",
        Mark::UnderWay => "가져오는 중",
        Mark::Page => "가져옴",
        Mark::Moved => "이동",
        Mark::Nothing => "금지, 없음 또는 페이지 아님",
    },
    temper: |temper| match temper {
        Temper::Steady => "안정",
        Temper::Slow => "느림",
        Temper::Moody => "가끔 실패",
        Temper::Down => "응답 없음",
        Temper::Endless => "끝없는 달력",
    },
    hosts_resting: |hosts, resting| format!("{hosts}개, 그중 {resting}개 쉬는 중"),
    host_line,
    days: |days, dropped| format!("{days}일, 버린 링크 {dropped}개"),
};

fn sentence(crawls: &CrawlsLook) -> String {
    let [depth, breadth, polite] = crawls.crawls.as_slice() else { return String::new() };
    let mut text = format!(
        "사이트 {}개를 세 가지 순서로 크롤링합니다. 링크 깊이는 깊이 우선 {}, 너비 우선 {}, 예의 바른 순서 {}입니다.",
        crawls.web.hosts.len(),
        depth.progress.depth,
        breadth.progress.depth,
        polite.progress.depth
    );
    let crowding = if breadth.at_once >= depth.at_once { breadth } else { depth };
    if crowding.at_once > 1 {
        let name = if std::ptr::eq(crowding, breadth) { "너비 우선" } else { "깊이 우선" };
        text.push_str(&format!(
            " {name}은 한 호스트에 동시에 {}번까지, 예의 바른 순서는 {}번까지 요청했습니다.",
            crowding.at_once, polite.at_once
        ));
    }
    let done: Vec<&str> = crawls
        .crawls
        .iter()
        .zip(["깊이 우선", "너비 우선", "예의 바른"])
        .filter(|(crawl, _)| crawl.finished)
        .map(|(_, name)| name)
        .collect();
    if !done.is_empty() {
        text.push_str(&format!(" 완료: {}.", done.join(", ")));
    }
    text
}

fn of_cluster(crawl: &ClusterLook, names: &Names<'_>) -> String {
    let (sites, kept) = (crawl.web.hosts.len(), crawl.kept);
    let turns = match crawl.report.map_or(0, |report| report.runs) {
        0 | 1 => String::new(),
        runs => format!(" {runs}번째로 맡은 노드입니다."),
    };
    if crawl.status() == Some(Status::Cancelled) {
        return format!("클러스터의 크롤링을 도중에 끝냈습니다. 보관한 페이지는 {kept}개입니다.");
    }
    if crawl.status() == Some(Status::Finished) {
        return format!(
            "클러스터가 사이트 {sites}개를 모두 크롤링했습니다. 보관한 페이지는 {kept}개입니다."
        );
    }
    match crawl.runners.as_slice() {
        [] if crawl.report.is_none() => "크롤링이 열렸습니다. 2초 안에 한 노드가 맡습니다.".into(),
        [] => format!(
            "지금은 아무도 크롤링하지 않습니다. 보관한 페이지는 {kept}개이고, 사라진 노드의 임대가 끝나면 다른 노드가 이어 갑니다."
        ),
        nodes => format!(
            "노드 {} 클러스터를 위해 사이트 {sites}개를 크롤링합니다. 보관한 페이지 {kept}개, 대기 중인 주소 {}개.{turns}",
            subject(&names.list(nodes)),
            crawl.progress.waiting
        ),
    }
}

fn graph(order: &str, crawl: &CrawlLook) -> String {
    format!(
        "{order}: 페이지 {}개 가져옴, {}개 대기, 깊이 {}",
        crawl.progress.pages, crawl.progress.waiting, crawl.progress.depth
    )
}

fn host_line(requests: u64, asked: u32, queue: Option<&HostQueue>) -> String {
    let state = match (asked, queue) {
        (1.., _) => format!(", 진행 {asked}"),
        (0, Some(HostQueue { rests: Some(rests @ 1..), .. })) => format!(", 휴식 {rests} ms"),
        _ => String::new(),
    };
    let waiting = queue.map_or(String::new(), |queue| format!(", 대기 {}", queue.waiting));
    format!("요청 {requests}{state}{waiting}")
}
