//! Your own recursive server.
fn main() {}
