//! English: the page *Crawler*.

use super::super::{Crawler, Names, Term};
use super::{and, number};
use crate::page::crawler::cluster::ClusterLook;
use crate::page::crawler::run::{CrawlLook, CrawlsLook, HostQueue, Mark};
use ennead::crawler::Status;
use ennead::sim::Temper;

/// The words.
pub(super) static CRAWLER: Crawler = Crawler {
    title: "Crawler",
    web: "Web",
    what_web: "Every number is another web. All three crawls begin at the first pages of sites A and B.",
    again: "Crawl again",
    cluster: "Crawl on the cluster",
    cancel: "End the crawl",
    shown: "Show",
    pictures: ["three orders", "the cluster"],
    no_crawl: "Nobody has asked the cluster for a crawl yet.",
    runner: Term {
        word: "Carried out by",
        means: "The node that holds the crawl's lease. If it is lost, its lease ends after 10 s, and another node goes on from what the table holds.",
    },
    nobody: "nobody now",
    taken_up: Term {
        word: "Taken up",
        means: "How often a node has begun to carry the crawl out. Each one writes under a number of its own, so that two never mix.",
    },
    kept: "Pages kept",
    report_on: Term {
        word: "Report held by",
        means: "The nodes that hold what the crawl's runner writes down about once a second.",
    },
    crawl_number: "Crawl",
    runners: "Nodes",
    take_ups: "Taken up",
    try_cluster: "Let the cluster crawl and kill the node that carries the crawl out. How long does nobody go on, and which pages are fetched a second time?",
    of_cluster,
    inspect: "Inspect",
    orders: [
        Term {
            word: "Depth first",
            means: "The newest address comes first: the crawl follows one path to its end, and a trap for ever.",
        },
        Term {
            word: "Breadth first",
            means: "The oldest address comes first: near pages before far ones, and as many requests to one host as there are addresses of it.",
        },
        Term {
            word: "Polite",
            means: "Breadth first, but a host gets one request at a time and rests after each: at least 0.25 seconds, twice as long as its answer took, and as long as its robots.txt asks for.",
        },
    ],
    stage: "One web, crawled in three orders",
    marks: "Marks",
    pages: "pages",
    depth: "depth",
    at_once: "most at once",
    a_second: "most a second",
    frontier: Term {
        word: "Frontier",
        means: "The addresses that were found and not yet visited.",
    },
    fronts: Term {
        word: "Front queues",
        means: "Addresses by priority: near the seeds first. Half of the turns go to the first queue, a quarter to the second, so none starves.",
    },
    backs: Term {
        word: "Back queues",
        means: "One for each host. A host's turn comes when it has rested.",
    },
    waiting: "Wait in all",
    sites: "Sites",
    figures: "What came of it",
    requests: "Requests",
    copies: Term {
        word: "Copies + near copies",
        means: "Pages with the same bytes as an earlier one, and pages whose text differs in a few words (simhash, at most 3 of 64 bits).",
    },
    moved: "Led on elsewhere",
    refused: "Gone or no page",
    disallowed: Term {
        word: "Disallowed",
        means: "The site's robots.txt asks crawlers to leave these alone.",
    },
    failed: "Failed",
    trapped: Term {
        word: "Calendar",
        means: "Site B has a calendar whose every day links to the next. A bound on the addresses of one folder ends it.",
    },
    try_this: "Let time run and watch depth first: where does it get stuck, and which crawl asks one site most at once? Then inspect Polite and see how each host rests.",
    keys_help: &[
        ("a", "crawl again"),
        ("g", "crawl on the cluster"),
        ("o", "inspect the next order"),
    ],
    sentence,
    graph,
    mark: |mark| match mark {
        Mark::Unknown => "unknown",
        Mark::Waiting => "waits",
        Mark::UnderWay => "being fetched",
        Mark::Page => "fetched",
        Mark::Moved => "leads on",
        Mark::Nothing => "forbidden, gone or no page",
    },
    temper: |temper| match temper {
        Temper::Steady => "steady",
        Temper::Slow => "slow",
        Temper::Moody => "fails now and then",
        Temper::Down => "never answers",
        Temper::Endless => "endless calendar",
    },
    hosts_resting: |hosts, resting| format!("{hosts}, {resting} at rest"),
    host_line,
    days: |days, dropped| format!("{days} days, {dropped} links dropped"),
};

fn sentence(crawls: &CrawlsLook) -> String {
    let [depth, breadth, polite] = crawls.crawls.as_slice() else { return String::new() };
    let mut text = format!(
        "Three crawls of {} sites. Depth first is {} links deep, breadth first {}, polite {}.",
        number(crawls.web.hosts.len()),
        depth.progress.depth,
        breadth.progress.depth,
        polite.progress.depth
    );
    let done: Vec<String> = crawls
        .crawls
        .iter()
        .zip(["depth first", "breadth first", "polite"])
        .filter(|(crawl, _)| crawl.finished)
        .map(|(_, name)| name.to_string())
        .collect();
    let crowding = if breadth.at_once >= depth.at_once { breadth } else { depth };
    if crowding.at_once > 1 {
        let name = if std::ptr::eq(crowding, breadth) { "Breadth" } else { "Depth" };
        let most = |crawl: &CrawlLook| number(usize::try_from(crawl.at_once).unwrap_or(0));
        text.push_str(&format!(
            " {name} first asked one host {} things at once, polite at most {}.",
            most(crowding),
            most(polite)
        ));
    }
    if !done.is_empty() {
        text.push_str(&format!(" Finished: {}.", and(&done)));
    }
    text
}

fn of_cluster(crawl: &ClusterLook, names: &Names<'_>) -> String {
    let sites = number(crawl.web.hosts.len());
    let kept = crawl.kept;
    let turns = match crawl.report.map_or(0, |report| report.runs) {
        0 | 1 => String::new(),
        runs => format!(" It is the {} runner.", ordinal(runs)),
    };
    match crawl.status() {
        Some(Status::Finished) => {
            return format!(
                "The cluster's crawl of {sites} sites is finished: {kept} pages are kept."
            );
        }
        Some(Status::Cancelled) => {
            return format!("The cluster's crawl was ended by a person: {kept} pages are kept.");
        }
        _ => {}
    }
    match crawl.runners.as_slice() {
        [] if crawl.report.is_none() => {
            "A crawl is opened; within two seconds some node takes it up.".into()
        }
        [] => format!(
            "Nobody carries the crawl out now. {kept} pages are kept; when the lost runner's lease ends, another node goes on."
        ),
        nodes => format!(
            "Node {} crawls {sites} sites for the cluster: {kept} pages are kept, {} addresses wait.{turns}",
            names.list(nodes),
            crawl.progress.waiting
        ),
    }
}

fn ordinal(number: u64) -> String {
    match number {
        2 => "second".into(),
        3 => "third".into(),
        _ => format!("{number}th"),
    }
}

fn graph(order: &str, crawl: &CrawlLook) -> String {
    format!(
        "{order}: {} pages fetched, {} waiting, depth {}",
        crawl.progress.pages, crawl.progress.waiting, crawl.progress.depth
    )
}

fn host_line(requests: u64, asked: u32, queue: Option<&HostQueue>) -> String {
    let state = match (asked, queue) {
        (1.., _) => format!(", {asked} open"),
        (0, Some(HostQueue { rests: Some(rests @ 1..), .. })) => format!(", rests {rests} ms"),
        _ => String::new(),
    };
    let waiting = queue.map_or(String::new(), |queue| format!(", {} wait", queue.waiting));
    format!("{requests} asked{state}{waiting}")
}
