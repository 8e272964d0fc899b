//! The counters for Prometheus, in its text form, over HTTP on this machine.

use std::convert::Infallible;
use std::fmt::Write;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use chase::ServerSelection;
use network::Network;
use tokio::net::TcpListener;

use super::Control;
use crate::stats::Stats;

/// The media type of the text form, version 0.0.4.
const TEXT_FORM: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers `GET /metrics`, until the task is dropped.
///
/// # Errors
/// If the system cannot accept connections.
pub async fn serve<N: Network, C: ServerSelection>(
    listener: TcpListener,
    control: Arc<Control<N, C>>,
) -> io::Result<Infallible> {
    let metrics = move || async move { ([(CONTENT_TYPE, TEXT_FORM)], text(&control.stats())) };
    let router = Router::new().route("/metrics", get(metrics));
    axum::serve(listener, router).await?;
    std::future::pending().await
}

/// Returns the counters in the text form.
fn text(stats: &Stats) -> String {
    let mut text = String::new();
    for metric in stats.metrics() {
        let kind = if metric.name.ends_with("_total") {
            "counter"
        } else {
            "gauge"
        };
        let (name, help, value) = (metric.name, metric.help, metric.value);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}"
        );
    }
    text
}
