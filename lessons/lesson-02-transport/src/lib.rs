//! Not made yet: `cargo xtask generate`.
