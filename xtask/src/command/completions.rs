//! `completions SHELL`: a script that completes commands, flags and lessons.
//!
//! A shell completes the words after a program's name, and cargo passes no words on to be
//! completed. So the script defines the short name `xtask` for `cargo xtask`.

use crate::course::Course;
use crate::report::screen::print;
use anyhow::{Context, Result};
use clap::builder::PossibleValuesParser;
use clap_complete::Shell;

/// The commands that take a lesson.
const WITH_LESSON: [&str; 6] = ["check", "hint", "diff", "reset", "skip", "watch"];

/// Prints the script.
pub(crate) fn run(course: &Course, shell: Shell, mut command: clap::Command) -> Result<bool> {
    // clap wants names that live as long as the program.
    let names = course.lessons.iter().map(|lesson| &*lesson.short().leak());
    let names: Vec<&'static str> = names.collect();
    for name in WITH_LESSON {
        command = command.mut_subcommand(name, |command| {
            command.mut_arg("lesson", |argument| {
                argument.value_parser(PossibleValuesParser::new(names.clone()))
            })
        });
    }
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "xtask", &mut script);
    let script = String::from_utf8(script).context("the script is not UTF-8")?;
    print(&format!("{script}\n{}", short_name(shell)));
    Ok(true)
}

fn short_name(shell: Shell) -> &'static str {
    match shell {
        Shell::PowerShell => "function xtask { cargo xtask @args }\n",
        Shell::Elvish => "fn xtask {|@arguments| cargo xtask $@arguments }\n",
        Shell::Fish => "alias xtask='cargo xtask'\n",
        // zsh completes the command that an alias stands for, so `xtask` is no alias.
        _ => "xtask() { cargo xtask \"$@\"; }\n",
    }
}
