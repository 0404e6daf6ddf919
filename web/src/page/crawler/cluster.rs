//! The cluster's own crawl: what the table and the nodes' crawlers show of it.

use super::run::{Crawls, Mark, WebLook};
use ennead::base::Span;
use ennead::crawler::{Counters, Pace, Plan, Progress, Report, Status, report_key};
use ennead::ring::NodeId;
use ennead::services::Answered;
use ennead::sim::{SandboxWeb, Visit, What, World};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Days of the calendar that the guards let through.
const DAYS: u32 = 12;
/// Lines of the log that are looked through for the crawl's number, if no node carries one out.
const SEARCHED: usize = 60_000;

/// The crawl that the page asks the cluster for: the whole web of the world, slowly enough to be watched.
pub(super) fn plan(seed: u64) -> Plan {
    let mut plan = Plan::new(World::web_of(seed).seeds().to_vec(), 2_000);
    plan.filter = ennead::crawler::Filter::default();
    plan.caps.per_prefix = DAYS;
    plan.parallel = 8;
    plan.pace = Pace { delay: Span::from_millis(500), factor: 1, most: Span::from_secs(4) };
    plan
}

/// The crawl, as far as it is known from outside.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ClusterLook {
    /// Its number.
    pub(crate) number: String,
    /// The web.
    pub(crate) web: Rc<WebLook>,
    /// For each address of the web, in order.
    pub(crate) marks: Vec<Mark>,
    /// The nodes that carry it out: one, or none while a lost one's lease lasts.
    pub(crate) runners: Vec<NodeId>,
    /// How far it is: as its runner says, else as its last report in the table.
    pub(crate) progress: Progress,
    /// Where it stands, and how often it was taken up, by the report; none before the first one.
    pub(crate) report: Option<Report>,
    /// Which nodes hold the report.
    pub(crate) holders: Vec<NodeId>,
    /// Pages that are kept.
    pub(crate) kept: usize,
    /// Requests under way, by host.
    pub(crate) asked: BTreeMap<String, u32>,
    /// What each running node has counted since it started.
    pub(crate) nodes: Vec<(NodeId, Counters)>,
}

impl ClusterLook {
    /// Where it stands, by the last report.
    pub(crate) fn status(&self) -> Option<Status> {
        self.report.map(|report| report.status)
    }
}

/// Looks at the latest crawl of the world, if there is one.
pub(crate) fn look(crawls: &mut Crawls, world: &World) -> Option<ClusterLook> {
    let web = world.web()?;
    let is_same = crawls.cluster.as_ref().is_some_and(|(seed, _)| *seed == world.seed());
    if !is_same {
        crawls.cluster = Some((world.seed(), Rc::new(WebLook::of(web))));
    }
    let (_, graph) = crawls.cluster.as_ref()?;
    let mut running = BTreeMap::new();
    let mut nodes = Vec::new();
    for member in world.layout().members() {
        if let Some(services) = world.services(member.id) {
            nodes.push((member.id, services.crawler.counters()));
            for (number, progress) in services.crawler.running() {
                // A node that only tries to take a crawl up has made no progress with it.
                if progress != Progress::default() {
                    running.entry(number).or_insert_with(Vec::new).push((member.id, progress));
                }
            }
        }
    }
    let number = last_opened(world).or_else(|| running.keys().next().cloned())?;
    let runners = running.remove(&number).unwrap_or_default();
    let view = world.key_view(&report_key(&number).ok()?);
    let values: Vec<_> =
        view.copies.iter().flat_map(|copy| copy.versions.values().cloned()).collect();
    let report = Report::latest(&values);
    let told = runners.iter().map(|(_, progress)| *progress);
    let progress = told.chain(report.map(|report| report.progress)).max_by_key(|p| p.pages);
    let (visits, kept) = (web.visits(), web.kept());
    let mut asked = BTreeMap::new();
    for visit in visits.iter().filter(|visit| visit.ended.is_none()) {
        *asked.entry(visit.address.host().to_string()).or_insert(0) += 1;
    }
    Some(ClusterLook {
        marks: marks(graph, web, &visits, &kept),
        web: Rc::clone(graph),
        runners: runners.into_iter().map(|(node, _)| node).collect(),
        progress: progress.unwrap_or_default(),
        report,
        holders: view.copies.iter().map(|copy| copy.node).collect(),
        kept: kept.len(),
        asked,
        nodes,
        number,
    })
}

/// The number of the crawl that was opened last.
fn last_opened(world: &World) -> Option<String> {
    world.log().rev().take(SEARCHED).find_map(|entry| match &entry.what {
        What::Served { answered: Answered::Crawl(Ok(number)), .. } => Some(number.clone()),
        _ => None,
    })
}

fn marks(
    graph: &WebLook,
    web: &SandboxWeb,
    visits: &[Visit],
    kept: &BTreeSet<String>,
) -> Vec<Mark> {
    let last: BTreeMap<String, &Visit> =
        visits.iter().map(|visit| (visit.address.to_string(), visit)).collect();
    let mut marks: Vec<Mark> = graph
        .addresses
        .iter()
        .map(|(address, _)| match last.get(address) {
            Some(visit) if visit.ended.is_none() => Mark::UnderWay,
            _ if kept.contains(address) => Mark::Page,
            Some(visit) => {
                let status = web.answer(&visit.address, 1).fetched.map(|fetched| fetched.status);
                let leads_on = status.is_ok_and(|status| (300..400).contains(&status));
                if leads_on { Mark::Moved } else { Mark::Nothing }
            }
            None => Mark::Unknown,
        })
        .collect();
    for &(from, to) in &graph.links {
        if matches!(marks[from], Mark::Page | Mark::Moved) && marks[to] == Mark::Unknown {
            let is_forbidden = graph.addresses[to].0.contains("/private/");
            marks[to] = if is_forbidden { Mark::Nothing } else { Mark::Waiting };
        }
    }
    marks
}
