//! Lessons that print without end, leave processes behind, are not text, or are not lessons.

use crate::toy::Toy;
use std::fs;
use std::time::{Duration, Instant};

const LIB: &str = "lessons/lesson-01-sums/src/lib.rs";
const SUM: &str = "numbers.iter().sum()";

#[test]
fn what_is_printed_on_standard_error_costs_no_more_than_its_length() {
    let toy = Toy::plain_solved("prints");
    // 300,000 lines, and then a wrong answer.
    toy.edit(
        LIB,
        SUM,
        "(0..100_000).for_each(|octet| { dbg!(octet); }); numbers.iter().sum::<u32>() + 1",
    );
    let begun = Instant::now();
    toy.run(&["check", "1"])
        .is(1, &["✗ adds_up ", "expected │ 6\n    got      │ 7"]);
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[test]
fn an_endless_dbg_is_a_hang() {
    let toy = Toy::plain_solved("prints-forever");
    toy.edit(LIB, SUM, "loop { dbg!(numbers.len()); }");
    let begun = Instant::now();
    toy.run(&["check", "1"]).is(1, &["Hangs: 3 tests\n"]);
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[cfg(unix)]
#[test]
fn a_test_whose_code_leaves_a_process_behind_passes() {
    let toy = Toy::plain_solved("leaves-a-child");
    let child = "std::process::Command::new(\"sleep\").arg(\"31.4159\").spawn().unwrap(); ";
    toy.edit(LIB, SUM, &format!("{child}{SUM}"));
    toy.run(&["check", "1"]).is(0, &["Passed."]);
    assert_eq!(processes_with("31.4159"), 0, "the child is still running");
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_the_tests_too_and_leaves_no_folder() {
    let toy = Toy::plain_solved("signal");
    let endless =
        "std::process::Command::new(\"sleep\").arg(\"27.1828\").status().unwrap(); loop {}";
    toy.edit(LIB, SUM, endless);
    let temporary = toy.root.join("tmp");
    fs::create_dir(&temporary).unwrap();
    let mut command = toy.command(&["check", "1"]);
    let mut check = command.env("TMPDIR", &temporary).spawn().unwrap();
    let begun = Instant::now();
    while processes_with("27.1828") == 0 {
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "no test was started"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let kill = std::process::Command::new("kill")
        .arg(check.id().to_string())
        .status();
    assert!(kill.unwrap().success());
    let status = check.wait().unwrap();
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(15)
    );
    let begun = Instant::now();
    while processes_with("27.1828") > 0 {
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "the tests are still running"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let left: Vec<_> = fs::read_dir(&temporary).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Counts the processes with this argument that are not zombies.
#[cfg(unix)]
fn processes_with(argument: &str) -> usize {
    let output = std::process::Command::new("ps")
        .args(["-A", "-o", "stat=,args="])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .filter(|line| line.ends_with(&format!("sleep {argument}")) && !line.starts_with('Z'))
        .count()
}

#[test]
fn a_learner_s_own_tests_run_and_are_told_apart() {
    let toy = Toy::plain_solved("own-tests");
    let own = "\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn mine() {\n        assert_eq!(super::sum(&[1]), 2);\n    }\n}\n";
    let solved = toy.read(LIB);
    toy.write(LIB, &(solved.clone() + own));
    toy.run(&["check", "1"])
        .is(1, &["✗ tests::mine", "yours, in src/", "expected │ 2"]);
    toy.write(LIB, &(solved + &own.replace(", 2", ", 1")));
    toy.run(&["check", "1"])
        .is(0, &["✓ tests::mine", "Passed."]);
    toy.run(&["progress"]).is(0, &["✓  1  sums    done"]);
}

#[test]
fn a_source_that_is_not_utf8_stops_nothing_else() {
    let toy = Toy::plain_solved("latin-1");
    let path = toy.root.join(LIB);
    let mut octets = fs::read(&path).unwrap();
    octets.extend(b"// \xe4\n");
    fs::write(&path, &octets).unwrap();
    toy.run(&["progress"]).is(
        0,
        &[
            "…  1  sums    does not compile",
            "·  2  double  not started",
        ],
    );
    toy.run(&["check", "1"])
        .is(1, &["Does not compile: lesson-1.", "UTF-8"]);
    toy.run(&["hint", "1"]).is(1, &["does not compile"]);
    toy.run(&["diff", "1"]).is(0, &["yours"]);
    toy.run(&["reset", "1"]).is(0, &["backups/src/lib.rs.1"]);
    let kept = fs::read(toy.root.join("lessons/lesson-01-sums/backups/src/lib.rs.1"));
    assert_eq!(kept.unwrap(), octets);
}
