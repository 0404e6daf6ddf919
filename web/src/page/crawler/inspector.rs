//! The inspector: one crawl's frontier and figures, and the sites.

use super::action::{Shown, Verb};
use super::cluster::ClusterLook;
use super::run::{CrawlLook, CrawlsLook};
use crate::page::action::Action;
use crate::page::frame::facts::{count, fact, fact_of_term, fact_text, facts};
use crate::page::frame::nodes::{chip, chips};
use crate::page::frame::words::{Explained, button};
use crate::page::look::Look;
use crate::page::world;
use yew::prelude::*;

/// The panels.
pub(crate) fn panels(look: &Look) -> Html {
    if look.interface.crawler.shown == Shown::Cluster {
        return of_cluster(look);
    }
    let crawls = look.snapshot.crawls.as_ref();
    let crawl = crawls.and_then(|crawls| crawls.crawls.get(look.interface.crawler.order));
    let shown = crawls.zip(crawl);
    html! {
        <>
            <div>{ shown.map(|(_, crawl)| frontier(look, crawl)).unwrap_or_default() }</div>
            <div>{ shown.map(|(crawls, crawl)| sites(look, crawls, crawl)).unwrap_or_default() }</div>
            <div>{ crawl.map(|crawl| figures(look, crawl)).unwrap_or_default() }</div>
            { world::try_this(look, look.texts().crawler.try_this) }
        </>
    }
}

/// The panels of the cluster's crawl.
fn of_cluster(look: &Look) -> Html {
    let texts = look.texts().crawler;
    let crawl = look.snapshot.cluster.as_ref();
    html! {
        <>
            <div>{ crawl.map(|crawl| carried_out(look, crawl)).unwrap_or_default() }</div>
            <div>{ world::selected(look) }</div>
            <div>{ crawl.map(|crawl| runners(look, crawl)).unwrap_or_default() }</div>
            { world::try_this(look, texts.try_cluster) }
            { world::nodes(look) }
            { world::network(look) }
            { world::trace(look) }
        </>
    }
}

fn carried_out(look: &Look, crawl: &ClusterLook) -> Html {
    let texts = look.texts().crawler;
    let runner = match crawl.runners.as_slice() {
        [] => html! { <span class="quiet">{ texts.nobody }</span> },
        nodes => chips(nodes.iter().copied(), look),
    };
    let p = &crawl.progress;
    let runs = crawl.report.map_or(0, |report| report.runs);
    let rows = vec![
        fact_of_term(texts.runner, html! { <span data-test="runner">{ runner }</span> }),
        fact_of_term(texts.taken_up, html! { <span data-test="taken-up">{ count(runs) }</span> }),
        fact(texts.kept, html! { <span data-test="kept">{ count(crawl.kept as u64) }</span> }),
        fact_text(texts.waiting, count(p.waiting)),
        fact_text(texts.requests, count(p.requests)),
        fact_of_term(texts.disallowed, html! { <>{ count(p.disallowed) }</> }),
        fact_text(texts.failed, count(p.failed)),
        fact_of_term(texts.report_on, chips(crawl.holders.iter().copied(), look)),
    ];
    html! {
        <section class="panel" data-test="carried-out">
            <div class="panel-head"><h2>{ texts.crawl_number }{ " " }<span class="value figure">{ &crawl.number[..8.min(crawl.number.len())] }</span></h2></div>
            { facts(rows) }
            <div class="buttons">
                { button("cancel", texts.cancel, look.act.reform(|_| Action::Crawler(Verb::Cancel))) }
            </div>
        </section>
    }
}

/// What each node has done for crawls since it started.
fn runners(look: &Look, crawl: &ClusterLook) -> Html {
    let texts = look.texts().crawler;
    let rows = crawl.nodes.iter().map(|&(node, counters)| {
        html! {
            <tr key={node.0}>
                <th scope="row">{ chip(node, look) }</th>
                <td>{ count(counters.taken) }</td>
                <td>{ count(counters.requests) }</td>
            </tr>
        }
    });
    html! {
        <section class="panel" data-test="runners">
            <table class="table">
                <thead><tr>
                    <th scope="col">{ texts.runners }</th>
                    <th scope="col">{ texts.take_ups }</th>
                    <th scope="col">{ texts.requests }</th>
                </tr></thead>
                <tbody>{ for rows }</tbody>
            </table>
        </section>
    }
}

fn frontier(look: &Look, crawl: &CrawlLook) -> Html {
    let texts = look.texts().crawler;
    let order = look.interface.crawler.order;
    let fronts = crawl.fronts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" · ");
    let resting = crawl.backs.iter().filter(|back| back.rests.is_some_and(|rest| rest > 0)).count();
    let rows = vec![
        fact_of_term(texts.fronts, html! { <span data-test="fronts">{ fronts }</span> }),
        fact_of_term(
            texts.backs,
            html! { <>{ (texts.hosts_resting)(crawl.backs.len(), resting) }</> },
        ),
        fact_text(texts.waiting, count(crawl.progress.waiting)),
    ];
    html! {
        <section class="panel" data-test="frontier">
            <div class="panel-head"><h2><Explained term={texts.frontier} /></h2>
                <span class="state"><Explained term={texts.orders[order]} /></span></div>
            { facts(rows) }
        </section>
    }
}

/// The sites, each with its back queue; choosing one dims the others on the stage.
fn sites(look: &Look, crawls: &CrawlsLook, crawl: &CrawlLook) -> Html {
    let texts = look.texts().crawler;
    let chosen = look.interface.crawler.host.as_ref();
    let rows = crawls.web.hosts.iter().enumerate().map(|(number, (host, temper))| {
        let is_chosen = chosen == Some(host);
        let next = (!is_chosen).then(|| host.clone());
        let onclick = look.act.reform(move |_: MouseEvent| Action::Crawler(Verb::Host(next.clone())));
        let queue = crawl.backs.iter().find(|back| back.host == *host);
        let requests = crawl.requests.get(host).copied().unwrap_or(0);
        let asked = crawl.asked.get(host).copied().unwrap_or(0);
        let letter = host.split('.').next().unwrap_or_default().to_ascii_uppercase();
        html! {
            <li key={number}>
                <button type="button" class={classes!("site-line", format!("n{}", number % 8))} {onclick}
                    aria-pressed={is_chosen.to_string()} data-test={format!("site-{number}")}>
                    <span class="letter">{ letter }</span>
                    <span class="temper">{ (texts.temper)(*temper) }</span>
                    <span class="figure">{ (texts.host_line)(requests, asked, queue) }</span>
                </button>
            </li>
        }
    });
    html! {
        <section class="panel" data-test="sites">
            <div class="panel-head"><h2>{ texts.sites }</h2></div>
            <ul class="site-lines">{ for rows }</ul>
        </section>
    }
}

fn figures(look: &Look, crawl: &CrawlLook) -> Html {
    let texts = look.texts().crawler;
    let p = &crawl.progress;
    let rows = vec![
        fact_text(texts.requests, count(p.requests)),
        fact_of_term(texts.copies, html! { <>{ format!("{} + {}", p.copies, p.near_copies) }</> }),
        fact_text(texts.moved, count(p.moved)),
        fact_text(texts.refused, count(p.refused + p.unread)),
        fact_of_term(texts.disallowed, html! { <>{ count(p.disallowed) }</> }),
        fact_text(texts.failed, count(p.failed)),
        fact_of_term(texts.trapped, html! { <>{ (texts.days)(crawl.days, p.trapped) }</> }),
    ];
    html! {
        <section class="panel" data-test="figures">
            <div class="panel-head"><h2>{ texts.figures }</h2></div>
            { facts(rows) }
        </section>
    }
}
