//! The program behind `cargo xtask guide`: the course as a book, on this machine's loopback address.
//!
//! | file | holds |
//! | --- | --- |
//! | `links` | the links of a chapter, turned to the book's pages |
//! | `book` | the chapters, found in the work tree, and the HTML pages that mdBook makes of them |
//! | `fields` | the meaning and the RFC section of a message's fields |
//! | `explorer` | dissections as JSON, for the packet explorer |
//! | `standing` | where the learner stands, as the checker wrote it down |
//! | `walk` | sessions with a resolver in the mini-Internet, for the page that shows its walks |
//! | `draw` | pictures, as shapes for pages and as SVG files |
//! | `pictures` | the pictures of the chapters |
//! | `server` | pages and explorer over HTTP; the checks of each request |

mod book;
mod draw;
mod explorer;
mod fields;
mod links;
mod pictures;
mod server;
mod standing;
mod walk;

use anyhow::{Context, Result, bail};
use book::Book;
use clap::Parser;
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use tokio::net::TcpListener;

/// Serves the course as a book on 127.0.0.1, with packets and walks to look into
#[derive(Parser)]
#[command(
    name = "cargo xtask guide",
    override_usage = "cargo xtask guide [OPTIONS]"
)]
struct Options {
    /// The root of the work tree; xtask passes it
    #[arg(long, hide = true)]
    root: PathBuf,
    /// The TCP port; 0 takes a free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Open the book in the browser
    #[arg(long)]
    open: bool,
    /// Write the book's static pages into this new or empty folder, and serve nothing
    #[arg(long, value_name = "DIR", conflicts_with_all = ["open", "port"])]
    build: Option<PathBuf>,
    /// Draw the chapters' pictures, and serve nothing: `cargo xtask pictures`
    #[arg(long, hide = true)]
    pictures: bool,
    /// With --pictures: change nothing, and list what is stale
    #[arg(long, hide = true, requires = "pictures")]
    check: bool,
}

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does what the options ask for. Returns false if a picture or a chapter is stale.
fn run(options: Options) -> Result<bool> {
    if options.pictures {
        return pictures::run(&options.root, options.check);
    }
    if let Some(folder) = &options.build {
        write_pages(&options.root, folder)?;
        return Ok(true);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // The port comes first: an error about it should not wait for the book.
        let listener = listen(options.port).await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let book = Book::build(&options.root)?;
        println!(
            "The guide is at {url} (Ctrl-C ends it). A chapter that is saved is shown at once."
        );
        if options.open {
            open_browser(&url);
        }
        server::serve(listener, options.root, book).await?;
        Ok(true)
    })
}

async fn listen(port: u16) -> Result<TcpListener> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
        Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
            "Port {port} of 127.0.0.1 is in use, perhaps by another guide. Take a free port: cargo xtask guide --port 0"
        ),
        listener => listener.with_context(|| format!("can't listen on 127.0.0.1:{port}")),
    }
}

/// Writes the static pages. A folder with files is refused: it could be any.
fn write_pages(root: &Path, folder: &Path) -> Result<()> {
    let is_empty = match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == ErrorKind::NotFound => true,
        Err(error) => return Err(error).with_context(|| folder.display().to_string()),
    };
    if !is_empty {
        bail!(
            "{} is not empty. Name a new folder, or empty it first.",
            folder.display()
        );
    }
    let book = Book::build(root)?;
    for (path, page) in &book.pages {
        let file = folder.join(path);
        let parent = file.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        std::fs::write(&file, page).with_context(|| file.display().to_string())?;
    }
    println!(
        "{} files are in {}. Begin with index.html.",
        book.pages.len(),
        folder.display()
    );
    Ok(())
}

fn open_browser(url: &str) {
    let (program, arguments): (&str, &[&str]) = if cfg!(windows) {
        ("cmd", &["/C", "start", ""])
    } else if cfg!(target_os = "macos") {
        ("open", &[])
    } else {
        ("xdg-open", &[])
    };
    let started = Command::new(program)
        .args(arguments)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if let Err(error) = started {
        eprintln!("No browser could be started ({program}: {error}). Open {url} yourself.");
    }
}
