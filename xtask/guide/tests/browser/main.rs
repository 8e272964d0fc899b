//! The guide in a browser, as a reader meets it: its pages are whole, and can be used with the
//! keyboard alone, on a telephone, in light and dark.
//!
//! The pictures that these tests keep are in `target/tmp`.

#![cfg(test)]
#![cfg(unix)]

mod chromium;

use chromium::{Page, start};
use std::path::{Path, PathBuf};

const WIDE: (u32, u32) = (1_200, 900);
const NARROW: (u32, u32) = (400, 800);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Fails if the page is wider than its window.
fn expect_no_overflow(page: &mut Page, place: &str) {
    let script = "(() => { const wide = document.documentElement.scrollWidth - innerWidth; \
         return wide <= 0 ? '' : `${wide} px: ` + [...document.querySelectorAll('body *')] \
         .filter((e) => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map((e) => e.outerHTML.slice(0, 120)).join('\\n'); })()";
    let wide = page.text(script);
    assert!(wide.is_empty(), "{place} is too wide, by {wide}");
}

#[test]
fn each_page_of_the_book_is_whole() {
    let Some(mut page) = start(&root()) else {
        return;
    };
    page.open("/");
    page.wait_for("document.querySelector('mdbook-sidebar-scrollbox a, .chapter a')");
    let pages = page.eval("[...new Set([...document.querySelectorAll('.chapter a')].map((a) => a.href.split('#')[0]))]");
    let pages: Vec<String> = serde_json::from_value(pages).unwrap_or_default();
    assert!(pages.len() > 15, "{pages:?}");
    let mut pictures = 0;
    for url in &pages {
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        page.open(&format!("/{path}"));
        page.wait_for("[...document.images].every((image) => image.complete)");
        let broken = page.text("[...document.images].filter((image) => !image.naturalWidth || !image.alt).map((image) => image.src).join(' ')");
        assert!(
            broken.is_empty(),
            "{url}: broken, or without a text: {broken}"
        );
        pictures += page.eval("document.images.length").as_u64().unwrap_or(0);
        page.expect_no_fault(url);
    }
    assert!(pictures >= 14, "only {pictures} pictures");
    let script = "(async () => { const links = [...new Set([...document.querySelectorAll('a[href]')].map((a) => a.href.split('#')[0]))] \
         .filter((link) => link.startsWith(location.origin)); \
         const broken = []; for (const link of links) if (!(await fetch(link)).ok) broken.push(link); \
         return links.length < 20 ? `only ${links.length} links` : broken.join(' '); })()";
    page.open("/solutions/index.html");
    assert_eq!(page.text(script), "", "links of {}", pages.join(" "));
}

#[test]
fn the_search_finds_bailiwick() {
    let Some(mut page) = start(&root()) else {
        return;
    };
    page.open("/?search=bailiwick");
    let results = "document.querySelectorAll('#mdbook-searchresults a, #searchresults a')";
    page.wait_for(&format!("{results}.length > 0"));
    let texts = page.text(&format!(
        "[...{results}].map((a) => a.textContent + ' ' + a.href).join('\\n')"
    ));
    let lesson = texts
        .lines()
        .find(|line| line.contains("lesson-06-referral"));
    assert!(lesson.is_some(), "no lesson 6 among the results:\n{texts}");
    page.eval(&format!(
        "[...{results}].find((a) => a.href.includes('lesson-06-referral')).click()"
    ));
    page.wait_for("location.pathname.includes('lesson-06-referral') && document.body.innerText.includes('ailiwick')");
    page.expect_no_fault("the search");
}

/// A reply whose answer begins with a pointer to octet 12.
const REPLY: &str = "1c8b84000001000100000000 037777770977696b697065646961036f726700 00010001 \
     c00c 0005 0001 00015180 0011 0464796e610977696b696d65646961c01a";

#[test]
fn the_explorer_explains_a_reply_and_is_used_by_keyboard() {
    let Some(mut page) = start(&root()) else {
        return;
    };
    page.look(WIDE, false);
    page.open("/guide/explorer");
    page.wait_for("document.querySelectorAll('#choice option').length > 5");

    page.tab_to("#hex");
    page.type_over("this is no message");
    page.tab_to("button[type=submit]");
    page.press("Enter");
    page.wait_for(
        "document.getElementById('refused').textContent.includes('is not a hexadecimal digit')",
    );
    page.wait_for("document.getElementById('result').hidden");
    page.forget_faults();

    page.eval("document.getElementById('hex').focus()");
    page.type_over(REPLY);
    page.tab_to("button[type=submit]");
    page.press("Enter");
    page.wait_for("document.getElementById('refused').textContent === ''");
    page.wait_for("document.getElementById('verdict').textContent === 'A well-formed message.'");

    page.tab_to("#octets .field");
    let path = "document.querySelector('#field h2').textContent";
    assert_eq!(page.text(path), "header.id");
    for _ in 0..9 {
        page.press("ArrowRight");
    }
    assert_eq!(page.text(path), "answer[0].owner");
    assert_eq!(
        page.text("document.querySelector('.target').dataset.octet"),
        "12",
        "the pointer's target is lit up"
    );
    page.press("Enter");
    assert_eq!(
        page.text(path),
        "question[0].qname",
        "Enter follows the pointer"
    );

    flip_a_bit_of_a_long_name(&mut page);
    // The first bit of the length of the first label makes it 131, which no label has.
    page.tab_to("[aria-label='Flip bit 7 of octet 12']");
    page.press(" ");
    page.wait_for(
        "document.getElementById('verdict').textContent.startsWith('Malformed: question[0].qname')",
    );
    let hash = page.text("location.hash");
    page.open(&format!("/guide/explorer{hash}"));
    page.wait_for(
        "document.getElementById('verdict').textContent.startsWith('Malformed: question[0].qname')",
    );
    page.expect_no_fault("the explorer");
}

/// The bits of a name with more than eight octets are shown eight octets at a time.
fn flip_a_bit_of_a_long_name(page: &mut Page) {
    let bits = "document.querySelectorAll('#field .octet-bits').length";
    assert_eq!(page.eval(bits).as_u64(), Some(8));
    page.tab_to("[aria-label='The bits of the octets after']");
    page.press("Enter");
    page.press("Enter");
    let shown =
        "[...document.querySelectorAll('#field .place')].map((it) => it.textContent).join(' ')";
    assert_eq!(page.text(shown), "28 29 30");
    page.eval("document.querySelector(\"[aria-label='Flip bit 0 of octet 29']\").focus()");
    page.press(" ");
    page.wait_for("document.activeElement.getAttribute('aria-label') === 'Flip bit 0 of octet 29'");
    page.wait_for("document.querySelector('#field .meaning').textContent === 'www.wikipedia.orf.'");
    assert_eq!(
        page.text(shown),
        "28 29 30",
        "the same octets are shown again"
    );

    page.eval("document.querySelector('#octets .chosen').focus()");
}

#[test]
fn the_walk_shows_its_steps_and_is_used_by_keyboard() {
    let Some(mut page) = start(&root()) else {
        return;
    };
    page.look(WIDE, false);
    page.open("/guide/walk");
    page.wait_for("document.querySelectorAll('#steps button').length === 9");
    let walks = page.text(
        "[...document.querySelectorAll('#steps .name')].map((name) => name.textContent).join('; ')",
    );
    assert_eq!(
        walks,
        "www.bbc.co.uk. A; www.bbc.com. A; bbc.map.fastly.net. A"
    );
    assert_eq!(
        page.text("document.getElementById('verdict').textContent"),
        "NOERROR (9 queries, 90 ms)"
    );

    page.tab_to("#steps button");
    let chosen = "document.querySelector('#field h2').textContent";
    assert_eq!(page.text(chosen), "1. www.bbc.co.uk. A");
    for _ in 0..3 {
        page.press("ArrowDown");
    }
    assert_eq!(page.text(chosen), "4. www.bbc.com. A");
    let later = "document.querySelectorAll('#sequence .later').length";
    let before = page.eval(later).as_u64();
    page.press("ArrowUp");
    assert!(
        page.eval(later).as_u64() > before,
        "the picture follows the steps"
    );
    let label = page.text("document.activeElement.getAttribute('aria-label')");
    assert!(
        label.starts_with("Step 3. At 20 ms, a query over UDP for www.bbc.co.uk. A"),
        "{label}"
    );

    let_time_pass(&mut page);

    // The fragment is the session.
    let hash = page.text("location.hash");
    page.open(&format!("/guide/walk{hash}"));
    page.wait_for("document.querySelectorAll('#session li').length === 3");
    page.expect_no_fault("the walk");

    page.eval("document.getElementById('name').focus()");
    page.type_over("no..name");
    page.press("Enter");
    page.wait_for("document.getElementById('refused').textContent.includes('is no domain name')");
    assert_eq!(
        page.text("document.querySelectorAll('#session li').length"),
        "3",
        "the session stays"
    );
}

/// Time passes, and the cache answers.
fn let_time_pass(page: &mut Page) {
    let left = "Number([...document.querySelectorAll('#cache tr')].find((row) => row.textContent.includes('CNAME')).querySelector('.number').textContent)";
    let before = page.eval(left).as_i64().unwrap_or(0);
    page.eval("document.querySelector('[data-wait=\"1\"]').focus()");
    page.press("Enter");
    page.wait_for("document.querySelectorAll('#session li').length === 2");
    assert_eq!(page.eval(left).as_i64(), Some(before - 1));
    page.tab_to("#again");
    page.press("Enter");
    page.wait_for("document.getElementById('verdict').textContent.includes('no query')");
    page.wait_for("document.getElementById('field').textContent.includes('No query was sent')");
}

#[test]
fn the_page_of_the_learner_follows_the_checker() {
    let course = tempfile::tempdir().expect("a temporary folder");
    let put = |path: &str, text: &str| {
        let file = course.path().join(path);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("a file");
    };
    for path in [
        "README.md",
        "dnsparse/README.md",
        "lessons/README.md",
        "solutions/README.md",
        ".github/CONTRIBUTING.md",
    ] {
        put(path, "# A page\n");
    }
    let reference = root().join("lessons/reference");
    for page in std::fs::read_dir(reference).expect("the reference pages") {
        let name = page.expect("a page").file_name();
        put(
            &format!("lessons/reference/{}", name.display()),
            "# A page\n",
        );
    }
    put("lessons/lesson-01-one/README.md", "# Lesson 1: one\n");
    put("lessons/lesson-01-one/lesson.toml", "");
    let Some(mut page) = start(course.path()) else {
        return;
    };
    page.open("/guide/where");
    page.wait_for(
        "document.getElementById('next').textContent === 'Next: cargo xtask check lesson-1'",
    );
    let standing = "target/xtask/standing/lesson-01-one.json";
    put(
        standing,
        r#"{"mark":"begun","text":"in progress: 1 of 2 stubs"}"#,
    );
    let report =
        r#"{"lesson":"lesson-01-one","passed":false,"report":"  ✗ adds_up\n<b>got</b>","at":1}"#;
    put("target/xtask/last-check.json", report);
    page.wait_for("document.getElementById('lessons').textContent.includes('1 of 2 stubs')");
    page.wait_for("document.getElementById('report').textContent.includes('<b>got</b>')");
    page.wait_for("document.querySelector('#report .bad')");
    page.expect_no_fault("the page of the learner");
}

#[test]
fn pages_fit_a_telephone_in_light_and_dark() {
    let Some(mut page) = start(&root()) else {
        return;
    };
    let long = format!("{}.example.com", "a".repeat(63));
    let places = [
        (
            "explorer",
            "/guide/explorer".to_owned(),
            "document.querySelector('#octets .field')",
        ),
        (
            "walk",
            "/guide/walk#s=www.glueless.test A".to_owned(),
            "document.querySelector('#sequence svg')",
        ),
        (
            "walk-long",
            format!("/guide/walk#s={long} A"),
            "document.querySelector('#sequence svg')",
        ),
        (
            "where",
            "/guide/where".to_owned(),
            "document.querySelector('#lessons a')",
        ),
        (
            "chapter",
            "/lessons/lesson-07-iterate/index.html".to_owned(),
            "document.images.length > 1",
        ),
    ];
    for (name, path, shown) in places {
        let mut colours = Vec::new();
        for (size, is_dark) in [(NARROW, false), (WIDE, true)] {
            page.look(size, is_dark);
            page.open(&path);
            page.wait_for(shown);
            let place = format!("{name}-{}", size.0);
            expect_no_overflow(&mut page, &place);
            page.picture(&place);
            page.expect_no_fault(&place);
            colours.push(page.text("getComputedStyle(document.documentElement).colorScheme + getComputedStyle(document.body).backgroundColor"));
        }
        assert_ne!(
            colours.first(),
            colours.get(1),
            "{name} has the same colours in light and dark"
        );
    }
}
