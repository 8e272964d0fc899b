//! The question that `check` asks after a pass. Only a person at a terminal is asked, and Enter goes on
//! without an answer.

use crate::course::manifest;
use crate::course::question::Question;
use crate::course::state::Answers;
use crate::course::{Course, Lesson};
use crate::report::screen::{Screen, paragraph};
use anyhow::Result;
use std::io::{self, BufRead, IsTerminal, Write};

/// The number of lines that are read until one is an answer.
const TRIES: usize = 3;

/// Returns whether a person can be asked: standard input and output are a terminal, and this is no
/// run of CI.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal() && std::env::var_os("CI").is_none()
}

/// Asks the next question of a lesson, if one is left: first those without an answer, then those
/// whose answer was wrong. Returns whether it was asked.
pub(crate) fn run(course: &Course, lesson: &Lesson, screen: Screen) -> Result<bool> {
    // The learner may have damaged lesson.toml. The lesson is passed all the same.
    let Ok(manifest) = manifest::read(&course.folder(lesson)) else {
        return Ok(false);
    };
    let mut answers = Answers::read(course, lesson);
    let Some(question) = next(&manifest.questions, &answers) else {
        return Ok(false);
    };
    let asked = ask(
        question,
        screen,
        &mut io::stdin().lock(),
        &mut io::stdout().lock(),
    )?;
    if let Some(is_right) = asked {
        answers.store(&question.text, is_right)?;
    }
    Ok(true)
}

fn next<'q>(questions: &'q [Question], answers: &Answers) -> Option<&'q Question> {
    let with = |state: Option<bool>| {
        let is_it = move |question: &&Question| answers.get(&question.text) == state;
        questions.iter().find(is_it)
    };
    with(None).or_else(|| with(Some(false)))
}

/// Asks a question. Returns whether the answer is right, and `None` without an answer.
fn ask(
    question: &Question,
    screen: Screen,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<Option<bool>> {
    let choices = question.choices();
    let prose = screen.prose();
    write!(
        output,
        "\n{}",
        paragraph(&screen.bold(&question.text), "", prose)
    )?;
    for (number, choice) in (1..).zip(&choices) {
        let text = paragraph(&format!("{number}  {}", choice.text), "     ", prose);
        write!(output, "  {}", text.trim_start())?;
    }
    for _ in 0..TRIES {
        write!(
            output,
            "Your answer, 1 to {} (Enter: none): ",
            choices.len()
        )?;
        output.flush()?;
        let mut line = String::new();
        // No octets: the input has ended.
        if input.read_line(&mut line)? == 0 || line.trim().is_empty() {
            return Ok(None);
        }
        let number: Option<usize> = line.trim().parse().ok();
        let choice = number.and_then(|number| choices.get(number.checked_sub(1)?));
        let Some(choice) = choice else { continue };
        let is_right = std::ptr::eq(*choice, &raw const question.right);
        let mark = if is_right {
            screen.green("Right.")
        } else {
            screen.red("No.")
        };
        let text = format!("{mark} {}", choice.because);
        write!(output, "{}", paragraph(&text, "", prose))?;
        if !is_right {
            let right = format!("It is: {}. {}", question.right.text, question.right.because);
            write!(output, "{}", paragraph(&right, "", prose))?;
        }
        return Ok(Some(is_right));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::question::Choice;

    fn choice(text: &str, because: &str) -> Choice {
        Choice {
            text: text.to_owned(),
            because: because.to_owned(),
        }
    }

    fn question() -> Question {
        Question {
            text: "Which flag says that a reply was cut off?".to_owned(),
            right: choice("TC", "It stands for truncation."),
            wrong: vec![
                choice("AA", "It says that the server has the zone."),
                choice("RA", "It says that recursion is available."),
            ],
        }
    }

    /// Asks with this input. Returns the result and the output.
    fn asked(input: &str) -> (Option<bool>, String) {
        let screen = Screen {
            width: 80,
            colour: false,
        };
        let mut output = Vec::new();
        let result = ask(&question(), screen, &mut input.as_bytes(), &mut output);
        let output = String::from_utf8(output).unwrap();
        (result.unwrap(), output)
    }

    fn number(text: &str) -> usize {
        let question = question();
        let choices = question.choices();
        1 + choices.iter().position(|it| it.text == text).unwrap()
    }

    #[test]
    fn the_right_answer_is_explained() {
        let (result, output) = asked(&format!("{}\n", number("TC")));
        assert_eq!(result, Some(true), "{output}");
        assert!(
            output.ends_with("Right. It stands for truncation.\n"),
            "{output}"
        );
        assert!(!output.contains("recursion is available"), "{output}");
    }

    #[test]
    fn a_wrong_answer_is_explained_and_the_right_one_after_it() {
        let (result, output) = asked(&format!("{}\n", number("RA")));
        assert_eq!(result, Some(false), "{output}");
        let end =
            "No. It says that recursion is available.\nIt is: TC. It stands for truncation.\n";
        assert!(output.ends_with(end), "{output}");
    }

    #[test]
    fn an_empty_line_and_the_end_of_input_are_no_answer() {
        for input in ["\n", "", "  \n1\n"] {
            let (result, output) = asked(input);
            assert_eq!(result, None, "{input:?}: {output}");
        }
    }

    #[test]
    fn other_lines_are_read_again_and_at_most_three() {
        let right = number("TC");
        let (result, output) = asked(&format!("0\nx\n{right}\n"));
        assert_eq!(result, Some(true), "{output}");
        let (result, output) = asked(&format!("9\n-1\n99999999999999999999999\n{right}\n"));
        assert_eq!(result, None, "{output}");
    }
}
