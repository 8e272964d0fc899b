//! Single keys of the terminal, or the octets of a pipe in its place.

use crate::Event;
use anyhow::{Context, Result};
use crossterm::event::{self, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::terminal;
use std::io::{self, IsTerminal, Read};
use std::sync::mpsc::SyncSender;

/// A terminal that reports single keys. Dropping this restores it.
pub(crate) struct RawMode;

impl Drop for RawMode {
    fn drop(&mut self) {
        // The terminal may have gone.
        let _ = terminal::disable_raw_mode();
    }
}

/// Sends each key that is pressed. Returns the terminal's mode, which must be kept.
pub(crate) fn read(events: SyncSender<Event>) -> Result<Option<RawMode>> {
    if !io::stdin().is_terminal() {
        std::thread::spawn(move || read_octets(&events));
        return Ok(None);
    }
    terminal::enable_raw_mode().context("the terminal does not report single keys")?;
    std::thread::spawn(move || {
        while let Ok(event) = event::read() {
            let event::Event::Key(key) = event else {
                continue;
            };
            let key = match key.code {
                _ if key.kind == KeyEventKind::Release => continue,
                KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => '\u{3}',
                KeyCode::Char(key) => key.to_ascii_lowercase(),
                KeyCode::Enter => '\n',
                KeyCode::Esc => 'q',
                _ => continue,
            };
            if events.send(Event::Key(key)).is_err() {
                break;
            }
        }
    });
    Ok(Some(RawMode))
}

fn read_octets(events: &SyncSender<Event>) {
    for octet in io::stdin().lock().bytes().map_while(Result::ok) {
        // The end of a line only sends the key before it.
        if octet != b'\n' && events.send(Event::Key(char::from(octet))).is_err() {
            break;
        }
    }
}
