//! Not made yet.
fn main() {}
