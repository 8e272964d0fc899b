//! The state of one key, for each sighting.

use trust::key_state::{HOLD_DOWN, KeyState, Sighting};

const NOW: u32 = 1_780_272_000;

fn text(state: KeyState) -> String {
    let distance = |until: u32| i64::from(until) - i64::from(NOW);
    match state {
        KeyState::AddPending { until } => format!("AddPending({:+})", distance(until)),
        KeyState::Revoked { until } => format!("Revoked({:+})", distance(until)),
        other => format!("{other:?}"),
    }
}

#[test]
fn each_state_follows_the_arrows() {
    let states = [
        KeyState::Start,
        KeyState::AddPending { until: NOW + 1 },
        KeyState::AddPending { until: NOW },
        KeyState::Valid,
        KeyState::Missing,
        KeyState::Revoked { until: NOW + 1 },
        KeyState::Revoked { until: NOW },
        KeyState::Removed,
    ];
    let mut table = String::new();
    for state in states {
        let after = |sighting| text(state.after(sighting, NOW, 2 * HOLD_DOWN));
        table.push_str(&format!(
            "{}: present {}, absent {}, revoked {}\n",
            text(state),
            after(Sighting::Present),
            after(Sighting::Absent),
            after(Sighting::Revoked)
        ));
    }
    insta::assert_snapshot!(table, @r"
    Start: present AddPending(+5184000), absent Start, revoked Start
    AddPending(+1): present AddPending(+1), absent Start, revoked Start
    AddPending(+0): present Valid, absent Start, revoked Start
    Valid: present Valid, absent Missing, revoked Revoked(+2592000)
    Missing: present Valid, absent Missing, revoked Revoked(+2592000)
    Revoked(+1): present Revoked(+1), absent Revoked(+1), revoked Revoked(+2592000)
    Revoked(+0): present Revoked(+0), absent Removed, revoked Revoked(+2592000)
    Removed: present Removed, absent Removed, revoked Removed
    ");
}

/// The last second of a `u32` is in February 2106, and the TTL of a zone's keys may be 136 years.
#[test]
fn a_time_beyond_the_last_second_is_the_last_second() {
    let last = u32::MAX;
    assert_eq!(
        KeyState::Start.after(Sighting::Present, NOW, last),
        KeyState::AddPending { until: last },
        "a new key, with a hold-down of {last} s"
    );
    assert_eq!(
        KeyState::Valid.after(Sighting::Revoked, last - 1, HOLD_DOWN),
        KeyState::Revoked { until: last },
        "a key that is revoked a second before the last"
    );
}
