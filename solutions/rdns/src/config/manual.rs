//! The manual page, rdns(1), from the definitions of the command line.
//!
//! `clap_mangen` makes a page for each command, and one of the program that refers to them. Here, one
//! page has all commands.

use std::io::{self, Write};

use clap::{Arg, Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use super::flags::Arguments;
use crate::signals::SIGNALS;

/// Writes the manual page.
///
/// # Errors
/// If the output cannot be written.
pub fn write_manual(out: &mut impl Write) -> io::Result<()> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let mut commands = Roff::new();
    commands.control("SH", ["COMMANDS"]);
    command
        .get_subcommands()
        .for_each(|it| add_command(&mut commands, it));
    let mut signals = Roff::new();
    signals.control("SH", ["SIGNALS"]);
    for (name, effect) in SIGNALS {
        add_entry(&mut signals, [bold(name)], effect);
    }
    let page = Man::new(command);
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    commands.to_writer(out)?;
    signals.to_writer(out)?;
    page.render_version_section(out)
}

/// Adds a command with its arguments, and then those below it.
fn add_command(page: &mut Roff, command: &Command) {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").to_owned();
    let about = command.get_about().map(ToString::to_string);
    add_entry(page, [bold(usage)], &about.unwrap_or_default());
    // The flags of a command hold for those below it, too: they are described once.
    let has_commands = command.has_subcommands();
    let is_shown = |it: &&Arg| it.get_id() != "help" && (has_commands || !it.is_global_set());
    let arguments: Vec<_> = command.get_arguments().filter(is_shown).collect();
    if !arguments.is_empty() {
        page.control("RS", []);
        for argument in arguments {
            let help = argument.get_help().map(ToString::to_string);
            let defaults = argument.get_default_values().iter();
            let defaults: String = defaults
                .map(|it| format!(" [default: {}]", it.to_string_lossy()))
                .collect();
            let help = help.unwrap_or_default() + &defaults;
            add_entry(page, [italic(argument.to_string())], &help);
        }
        page.control("RE", []);
    }
    for below in command.get_subcommands() {
        add_command(page, below);
    }
}

/// Adds a term, and a sentence about it.
fn add_entry(page: &mut Roff, term: [Inline; 1], text: &str) {
    page.control("TP", []);
    page.text(term);
    page.text([roman(text)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the names of all commands below one, each as it is typed.
    fn names(command: &Command) -> Vec<String> {
        let below = command
            .get_subcommands()
            .filter(|it| it.get_name() != "help");
        let own = |it: &Command| it.get_bin_name().unwrap().to_owned();
        below
            .flat_map(|it| [vec![own(it)], names(it)].concat())
            .collect()
    }

    #[test]
    fn the_manual_describes_each_command_and_signal_and_refers_to_no_other_page() {
        let mut page = Vec::new();
        write_manual(&mut page).unwrap();
        let page = String::from_utf8(page).unwrap().replace("\\-", "-");
        let mut command = Arguments::command();
        command.build();
        let names = names(&command);
        assert!(
            names.contains(&"rdns ctl flush-zone".to_owned()),
            "{names:?}"
        );
        let missing: Vec<_> = names
            .iter()
            .filter(|name| !page.contains(&format!("\n.TP\n\\fB{name}")))
            .collect();
        assert!(missing.is_empty(), "{missing:?} are not in:\n{page}");
        let help = command.render_help().to_string();
        for (signal, effect) in SIGNALS {
            assert!(
                page.contains(&format!("\\fB{signal}\\fR\n{effect}\n")),
                "{page}"
            );
            assert!(help.contains(signal) && help.contains(effect), "{help}");
        }
        let readme = include_str!("../../README.md");
        for signal in ["SIGHUP", "SIGUSR1"] {
            assert!(readme.contains(signal), "{signal} is not in README.md");
        }
        assert!(!page.contains("(1)"), "another page is named in:\n{page}");
    }
}
