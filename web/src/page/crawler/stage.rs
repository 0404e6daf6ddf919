//! The stage: the web as a directed graph, once for each order. A site is a group of pages around
//! its first one; what is known of a page is told by shape, and which site it is on by colour.

use super::action::{Shown, Verb};
use super::run::{CrawlLook, CrawlsLook, Mark, WebLook};
use crate::page::action::Action;
use crate::page::frame::facts::count;
use crate::page::look::Look;
use crate::page::texts::Crawler;
use ennead::sim::Temper;
use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::fmt::Write;
use yew::prelude::*;

/// How a graph is laid out, in units of its own.
struct Layout {
    /// Width and height.
    size: f64,
    /// From the middle to the names of the sites.
    to_name: f64,
    /// From the middle to the first page of a site.
    to_site: f64,
    /// From there to its other pages.
    to_page: f64,
}

/// One order among three, and the cluster's larger web alone.
const OF_ORDER: Layout = Layout { size: 360.0, to_name: 52.0, to_site: 112.0, to_page: 44.0 };
const OF_CLUSTER: Layout = Layout { size: 560.0, to_name: 112.0, to_site: 204.0, to_page: 66.0 };

/// The stage.
pub(crate) fn stage(look: &Look) -> Html {
    let texts = look.texts().crawler;
    if look.interface.crawler.shown == Shown::Cluster {
        return cluster(look);
    }
    let Some(crawls) = &look.snapshot.crawls else { return Html::default() };
    let places = places(&crawls.web, &OF_ORDER);
    let links = path_of(&places, crawls.web.links.iter());
    let graphs = crawls.crawls.iter().enumerate().map(|(order, crawl)| {
        html! { <div key={order} class="crawl">{ graph(look, crawls, order, crawl, &places, &links) }</div> }
    });
    html! {
        <div class="crawls" role="group" aria-label={texts.stage}>
            <div class="graphs">{ for graphs }</div>
            { legend(texts) }
        </div>
    }
}

/// The crawl of the cluster.
fn cluster(look: &Look) -> Html {
    let texts = look.texts().crawler;
    let Some(crawl) = &look.snapshot.cluster else {
        return html! { <p class="quiet nobody">{ texts.no_crawl }</p> };
    };
    let places = places(&crawl.web, &OF_CLUSTER);
    let links = path_of(&places, crawl.web.links.iter());
    let picture = Picture {
        web: &crawl.web,
        marks: &crawl.marks,
        asked: &crawl.asked,
        days: 0,
        layout: &OF_CLUSTER,
    };
    let words = (texts.of_cluster)(crawl, &look.snapshot.names());
    html! {
        <div class="crawls" role="group" aria-label={texts.pictures[1]} data-test="cluster-crawl">
            <div class="graphs single"><div class="crawl">{ drawn(look, &picture, &places, &links, words) }</div></div>
            { legend(texts) }
        </div>
    }
}

/// Where each address stands.
fn places(web: &WebLook, layout: &Layout) -> Vec<(f64, f64)> {
    let hosts = web.hosts.len().max(1) as f64;
    let mut before = vec![0_u32; web.hosts.len()];
    let of_host = |host| web.addresses.iter().filter(|(_, other)| *other == host).count();
    web.addresses
        .iter()
        .map(|&(_, host)| {
            let angle = host as f64 / hosts * TAU;
            let (x, y) = layout.at(angle, layout.to_site);
            let number = before[host];
            before[host] += 1;
            if number == 0 {
                return (x, y);
            }
            let around =
                f64::from(number - 1) / (of_host(host) as f64 - 1.0).max(1.0) * TAU + angle;
            (x + layout.to_page * around.sin(), y - layout.to_page * around.cos())
        })
        .collect()
}

fn path_of<'a>(places: &[(f64, f64)], links: impl Iterator<Item = &'a (usize, usize)>) -> String {
    let mut path = String::new();
    for &(from, to) in links {
        let ((ax, ay), (bx, by)) = (places[from], places[to]);
        // Bent to the right, so that both ways can be told apart.
        let (mx, my) = ((ax + bx) / 2.0 - (by - ay) * 0.08, (ay + by) / 2.0 + (bx - ax) * 0.08);
        // Writing to a string cannot fail.
        let _ = write!(path, "M{ax:.1} {ay:.1}Q{mx:.1} {my:.1} {bx:.1} {by:.1}");
    }
    path
}

fn graph(
    look: &Look,
    crawls: &CrawlsLook,
    order: usize,
    crawl: &CrawlLook,
    places: &[(f64, f64)],
    links: &str,
) -> Html {
    let texts = look.texts().crawler;
    let picture = Picture {
        web: &crawls.web,
        marks: &crawl.marks,
        asked: &crawl.asked,
        days: crawl.days,
        layout: &OF_ORDER,
    };
    let words = (texts.graph)(texts.orders[order].word, crawl);
    let is_shown = look.interface.crawler.order == order;
    let onclick = look.act.reform(move |_: MouseEvent| Action::Crawler(Verb::Show(order)));
    html! {
        <>
            <button type="button" class="order" aria-pressed={is_shown.to_string()} {onclick}
                data-test={format!("order-{order}")}>{ texts.orders[order].word }</button>
            { drawn(look, &picture, places, links, words) }
            <dl class="of-order">
                { small(texts.pages, count(crawl.progress.pages), "pages", order) }
                { small(texts.depth, crawl.progress.depth.to_string(), "depth", order) }
                { small(texts.at_once, crawl.at_once.to_string(), "at-once", order) }
                { small(texts.a_second, crawl.busiest.0.to_string(), "a-second", order) }
            </dl>
        </>
    }
}

/// A web, and what a crawl knows of it.
struct Picture<'a> {
    web: &'a WebLook,
    marks: &'a [Mark],
    asked: &'a BTreeMap<String, u32>,
    days: u32,
    layout: &'a Layout,
}

impl Layout {
    /// The place in a direction and at a distance from the middle.
    fn at(&self, angle: f64, far: f64) -> (f64, f64) {
        (self.size / 2.0 + far * angle.sin(), self.size / 2.0 - far * angle.cos())
    }
}

fn drawn(
    look: &Look,
    picture: &Picture<'_>,
    places: &[(f64, f64)],
    links: &str,
    words: String,
) -> Html {
    let fields = &look.interface.crawler;
    let is_fetched = |number: usize| matches!(picture.marks[number], Mark::Page | Mark::Moved);
    let followed = picture.web.links.iter().filter(|(from, _)| is_fetched(*from));
    let followed = path_of(places, followed);
    let dots = picture.marks.iter().enumerate().map(|(number, mark)| {
        let (x, y) = places[number];
        let host = picture.web.addresses[number].1;
        let (class, shape) = shape(*mark);
        let dim = fields.host.as_ref().is_some_and(|chosen| *chosen != picture.web.hosts[host].0);
        let class = classes!("dot-of-web", class, format!("n{}", host % 8), dim.then_some("dim"));
        html! { <path key={number} {class} d={shape} transform={format!("translate({x:.1} {y:.1})")} /> }
    });
    let names = picture.web.hosts.iter().enumerate().map(|(host, (name, temper))| {
        let angle = host as f64 / picture.web.hosts.len().max(1) as f64 * TAU;
        let (x, y) = picture.layout.at(angle, picture.layout.to_name);
        let asked = picture.asked.get(name).copied().unwrap_or(0);
        let class = classes!("site-name", format!("n{}", host % 8), (asked > 0).then_some("asked"));
        let mut letter = name.split('.').next().unwrap_or_default().to_ascii_uppercase();
        // The days of the calendar have no places of their own: there is no end of them.
        if *temper == Temper::Endless && picture.days > 0 {
            letter += &format!(" +{}", picture.days);
        }
        html! { <text key={host} {class} x={format!("{x:.1}")} y={format!("{y:.1}")} dy="6">{ letter }</text> }
    });
    let size = format!("0 0 {0} {0}", picture.layout.size);
    html! {
        <svg class="stage graph" viewBox={size} role="img" aria-label={words}>
            <path class="web-links" d={links.to_string()} />
            <path class="web-links followed" d={followed} />
            <g>{ for dots }</g>
            <g>{ for names }</g>
        </svg>
    }
}

fn small(name: &'static str, value: String, test: &str, order: usize) -> Html {
    html! { <div><dt>{ name }</dt><dd class="figure" data-test={format!("{test}-{order}")}>{ value }</dd></div> }
}

/// The class and the path of a mark, around its middle.
fn shape(mark: Mark) -> (&'static str, &'static str) {
    match mark {
        Mark::Unknown => ("unknown", "M-2 0A2 2 0 1 1 2 0A2 2 0 1 1 -2 0"),
        Mark::Waiting => ("waiting", "M-5 0A5 5 0 1 1 5 0A5 5 0 1 1 -5 0"),
        Mark::UnderWay => {
            ("under-way", "M-9 0A9 9 0 1 1 9 0A9 9 0 1 1 -9 0M-4 0A4 4 0 1 1 4 0A4 4 0 1 1 -4 0")
        }
        Mark::Page => ("fetched", "M-6 0A6 6 0 1 1 6 0A6 6 0 1 1 -6 0"),
        Mark::Moved => ("moved", "M-5 -5L5 0L-5 5Z"),
        Mark::Nothing => ("nothing", "M-4.5 -4.5L4.5 4.5M-4.5 4.5L4.5 -4.5"),
    }
}

fn legend(texts: &Crawler) -> Html {
    let marks =
        [Mark::Unknown, Mark::Waiting, Mark::UnderWay, Mark::Page, Mark::Moved, Mark::Nothing];
    html! {
        <ul class="legend" aria-label={texts.marks}>
            { for marks.into_iter().map(|mark| {
                let (class, path) = shape(mark);
                let word = (texts.mark)(mark);
                html! {
                    <li key={word}>
                        <svg viewBox="-10 -10 20 20" aria-hidden="true"><path class={classes!("dot-of-web", class)} d={path} /></svg>
                        { word }
                    </li>
                }
            }) }
        </ul>
    }
}
