use super::*;
use crate::crawler::{
    Address, Caps, CrawlView, Filter, MAX_TRIES, Order, Pace, Plan, PlanError, Progress, Status,
};
use crate::sim::{SandboxWeb, Temper};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};

/// Days of the endless calendar that the guards let through.
const DAYS: u32 = 15;

/// A crawl of the whole web of a world.
fn plan(world: &World) -> Plan {
    let seeds = World::web_of(world.seed()).seeds().to_vec();
    Plan {
        filter: Filter::default(),
        pace: Pace { delay: Span::from_millis(200), factor: 1, most: Span::from_secs(4) },
        caps: Caps { per_prefix: DAYS, ..Caps::default() },
        ..Plan::new(seeds, 5_000)
    }
}

fn open(world: &mut World, at: u16, plan: Plan) -> String {
    match answer(world, at, Ask::Crawl { plan: Box::new(plan) }) {
        Answered::Crawl(Ok(number)) => number,
        other => panic!("{other:?}"),
    }
}

fn look(world: &mut World, at: u16, number: &str) -> CrawlView {
    match answer(world, at, Ask::Crawled { number: number.to_string() }) {
        Answered::Crawled(outcome) => outcome.unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Waits until a crawl is finished, for an hour at most.
fn finish(world: &mut World, number: &str) -> CrawlView {
    for _ in 0..360 {
        after(world, Span::from_secs(10));
        let view = look(world, 0, number);
        if view.report.status == Status::Finished {
            return view;
        }
    }
    panic!("not finished: {:?}", look(world, 0, number).report);
}

/// The pages that were fetched: those that the model calls pages, and files that are none aside.
fn fetched(web: &SandboxWeb) -> BTreeSet<String> {
    let pages = web.reachable(2_000);
    let good = web.visits().into_iter().filter(|visit| visit.is_good);
    good.map(|visit| visit.address.to_string()).filter(|address| pages.contains(address)).collect()
}

/// No request was made that should not have been: none for what `robots.txt` forbids, none for a
/// host that is being asked or rests.
fn check_manners(web: &SandboxWeb, delay: Span, seed: u64) {
    let mut free: BTreeMap<String, crate::base::Instant> = BTreeMap::new();
    for visit in web.visits() {
        assert!(!visit.address.path().starts_with("/private/"), "seed {seed}: {visit:?}");
        let host = visit.address.host().to_string();
        if let Some(&free) = free.get(&host) {
            assert!(visit.began >= free, "seed {seed}: {visit:?} before {free:?}");
        }
        let answered = visit.began + visit.took;
        free.insert(host, visit.ended.unwrap_or(answered).min(answered) + delay);
    }
}

#[test]
fn r9_1_a_crawl_finds_exactly_what_can_be_reached_and_may_be_fetched() {
    let mut all = Progress::default();
    for seed in 1..=6 {
        let mut world = world(seed, 3);
        let plan = plan(&world);
        let delay = plan.pace.delay;
        let number = open(&mut world, 0, plan);
        let progress = finish(&mut world, &number).report.progress;
        let Progress { pages, copies, near_copies, .. } = progress;
        let web = world.web().unwrap();
        let expected = web.reachable(DAYS);
        assert_eq!(fetched(web), expected, "seed {seed}");
        assert_eq!(pages, expected.len() as u64);
        check_manners(web, delay, seed);
        all.copies += copies;
        all.near_copies += near_copies;
        all.moved += progress.moved;
        all.disallowed += progress.disallowed;
        assert!(progress.refused > 0 && progress.unread > 0, "seed {seed}: {progress:?}");
        assert!(progress.trapped > 0, "seed {seed}: the calendar");
        assert!(progress.failed + progress.disallowed > 0, "seed {seed}: the site that is down");
        let kept = web.kept();
        assert_eq!(kept.len() as u64, pages - copies - near_copies);
        assert!(kept.is_subset(&expected));
        // Each page once: only what failed was asked for again.
        let mut times: BTreeMap<Address, u64> = BTreeMap::new();
        for visit in web.visits().into_iter().filter(|visit| visit.is_good) {
            *times.entry(visit.address).or_default() += 1;
        }
        assert!(times.values().all(|&times| times == 1), "seed {seed}");
    }
    assert!(
        all.copies > 0 && all.near_copies > 0 && all.moved > 0 && all.disallowed > 0,
        "{all:?}"
    );
}

#[test]
fn r9_8_a_crawl_survives_its_nodes_and_loses_nothing() {
    let mut runs = 0;
    for seed in 1..=20 {
        let mut random = Random::new(seed);
        let mut world = world(seed, 5);
        let plan = plan(&world);
        let (delay, parallel) = (plan.pace.delay, u64::from(plan.parallel));
        let number = open(&mut world, 0, plan);
        for _ in 0..120 {
            #[allow(clippy::cast_possible_truncation)] // there are five
            let victim = NodeId(random.below(5) as u16);
            match random.below(16) {
                0 | 1 => fault(&mut world, Fault::Kill(victim)),
                2..6 => fault(&mut world, Fault::Restart(victim)),
                6 => fault(&mut world, Fault::Pause(victim)),
                7..9 => fault(&mut world, Fault::Resume(victim)),
                9 => fault(&mut world, Fault::CutOff(victim)),
                10 | 11 => fault(&mut world, Fault::HealNetwork),
                _ => {}
            }
            after(&mut world, Span::from_millis(500));
        }
        fault(&mut world, Fault::HealAll);
        let view = finish(&mut world, &number);
        let web = world.web().unwrap();
        assert_eq!(fetched(web), web.reachable(DAYS), "seed {seed}");
        check_manners(web, delay, seed);
        let visits = web.visits();
        let pages =
            visits.iter().filter(|visit| visit.is_good && visit.address.path() != "/robots.txt");
        let different: BTreeSet<&Address> = pages.clone().map(|visit| &visit.address).collect();
        let again = (pages.count() - different.len()) as u64;
        let taken_over = view.report.runs - 1;
        assert!(again <= taken_over * parallel, "seed {seed}: {again} again, {taken_over} times");
        runs += view.report.runs;
    }
    assert!(runs > 40, "crawls were taken up only {runs} times in 20 worlds");
}

#[test]
fn r9_10_sites_that_fail_cost_a_bounded_number_of_requests() {
    let mut world = world(3, 3);
    let plan = plan(&world);
    let number = open(&mut world, 1, plan);
    finish(&mut world, &number);
    let web = world.web().unwrap();
    let down: BTreeSet<&str> =
        web.hosts().filter(|(_, temper)| *temper == Temper::Down).map(|(host, _)| host).collect();
    let asked = web.visits().iter().filter(|visit| down.contains(visit.address.host())).count();
    assert!(
        (1..=usize::from(MAX_TRIES)).contains(&asked),
        "{asked} requests of a host that is down"
    );
    let calendar =
        web.visits().iter().filter(|v| v.address.path().starts_with("/calendar/")).count();
    assert_eq!(calendar, DAYS as usize);
}

#[test]
fn r9_10_a_crawl_ends_after_as_many_pages_as_it_may_fetch() {
    let mut world = world(4, 3);
    let plan = Plan { pages: 20, ..plan(&world) };
    let number = open(&mut world, 2, plan);
    assert_eq!(finish(&mut world, &number).report.progress.pages, 20);
}

#[test]
fn r9_1_orders_differ_in_depth_and_in_what_they_ask_of_hosts() {
    let mut depths = Vec::new();
    for order in [Order::DepthFirst, Order::BreadthFirst, Order::PoliteBreadthFirst] {
        let mut world = world(5, 3);
        let plan = Plan { order, pages: 60, ..plan(&world) };
        let number = open(&mut world, 0, plan);
        depths.push(finish(&mut world, &number).report.progress.depth);
        let web = world.web().unwrap();
        let visits = web.visits();
        let at_once = visits.iter().any(|a| {
            let within = |b: &&crate::sim::Visit| {
                b.began > a.began && b.began < a.began + a.took && b.address != a.address
            };
            visits.iter().filter(within).any(|b| b.address.host() == a.address.host())
        });
        assert_eq!(at_once, order != Order::PoliteBreadthFirst, "{order:?}");
    }
    assert!(depths[0] > depths[1], "depth first {} and breadth first {}", depths[0], depths[1]);
}

#[test]
fn crawls_that_cannot_be_are_refused_in_words() {
    let mut world = world(6, 3);
    let plan = Plan { pages: 0, ..plan(&world) };
    let Answered::Crawl(Err(error)) = answer(&mut world, 0, Ask::Crawl { plan: Box::new(plan) })
    else {
        panic!("a crawl of no pages was opened");
    };
    let range = PlanError::Range { what: "pages", got: 0, least: 1, most: 200_000 };
    assert_eq!(error, range.into());
    assert_eq!(error.to_string(), "0 pages, expected 1 to 200000");
    let asked = answer(&mut world, 0, Ask::Crawled { number: "0123456789abcdef".to_string() });
    assert!(asked.to_string().contains("there is no crawl"), "{asked}");
}

#[test]
fn r9_8_every_open_crawl_finds_a_runner_within_seconds() {
    let mut world = world(7, 3);
    // Each of them lasts: after a first page its host rests for long.
    let rest = Span::from_secs(600);
    let pace = Pace { delay: rest, factor: 1, most: rest };
    let open_one = |world: &mut World| {
        let plan = Plan { pace, ..plan(world) };
        open(world, 0, plan)
    };
    let numbers: Vec<String> = (0..10).map(|_| open_one(&mut world)).collect();
    let running = |world: &mut World, at: u16| {
        let is_running =
            |number: &&String| look(world, at, number).report.status == Status::Running;
        numbers.iter().filter(is_running).count()
    };
    after(&mut world, Span::from_secs(10));
    assert_eq!(running(&mut world, 0), numbers.len());
    // The others have two places left: that many crawls of a killed node go on.
    let runs = |world: &mut World| -> u64 {
        numbers.iter().map(|number| look(world, 1, number).report.runs).sum()
    };
    let before = runs(&mut world);
    fault(&mut world, Fault::Kill(NodeId(0)));
    after(&mut world, Span::from_secs(30));
    assert!(runs(&mut world) > before, "nobody took up what the killed node carried out");
}

/// Requests for pages and rules until now.
fn requests(world: &World) -> usize {
    world.web().map_or(0, |web| web.visits().len())
}

fn cancel(world: &mut World, at: u16, number: &str) -> Status {
    match answer(world, at, Ask::CancelCrawl { number: number.to_string() }) {
        Answered::Crawled(outcome) => outcome.unwrap().report.status,
        other => panic!("{other:?}"),
    }
}

#[test]
fn r9_8_a_crawl_that_is_cancelled_ends_wherever_it_runs_and_never_goes_on() {
    for seed in 1..=20 {
        let mut random = Random::new(seed);
        let mut world = world(seed, 5);
        let plan = plan(&world);
        let parallel = usize::from(plan.parallel);
        let number = open(&mut world, 0, plan);
        after(&mut world, Span::from_millis(4_000 + random.below(4_000)));
        let before = requests(&world);
        assert!(before > 0, "seed {seed}: the crawl has begun");
        assert_eq!(cancel(&mut world, 1, &number), Status::Cancelled);
        // Its runner sees that within a second or two; whoever takes its place does at once.
        #[allow(clippy::cast_possible_truncation)] // there are five
        let victim = NodeId(random.below(5) as u16);
        fault(&mut world, Fault::Kill(victim));
        after(&mut world, Span::from_secs(3));
        let ended = requests(&world);
        fault(&mut world, Fault::Restart(victim));
        after(&mut world, Span::from_secs(60));
        assert_eq!(requests(&world), ended, "seed {seed}: it went on");
        assert!(ended < before + 40 * parallel, "seed {seed}: {before} before, {ended} after");
        assert_eq!(look(&mut world, 2, &number).report.status, Status::Cancelled);
        assert_eq!(cancel(&mut world, 3, &number), Status::Cancelled, "once more is the same");
    }
}

#[test]
fn r9_8_crawls_are_listed_the_latest_first_and_what_is_finished_stays_so() {
    let mut world = world(7, 3);
    let few = Plan { pages: 3, ..plan(&world) };
    let mut numbers: Vec<String> = Vec::new();
    for at in 0..3 {
        numbers.push(open(&mut world, at, few.clone()));
        after(&mut world, Span::from_secs(1));
    }
    finish(&mut world, &numbers[0]);
    assert_eq!(cancel(&mut world, 1, &numbers[0]), Status::Finished);
    let listed = match answer(&mut world, 2, Ask::Crawls) {
        Answered::Crawls(crawls) => crawls.unwrap(),
        other => panic!("{other:?}"),
    };
    let listed: Vec<String> = listed.into_iter().map(|view| view.number).collect();
    numbers.reverse();
    assert_eq!(listed, numbers);
    let unknown = answer(&mut world, 0, Ask::CancelCrawl { number: "0123456789abcdef".into() });
    assert!(unknown.to_string().contains("there is no crawl"), "{unknown}");
}
