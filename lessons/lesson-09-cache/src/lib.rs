//! Lesson 9: remembering.

pub mod store;

pub use store::Store;
