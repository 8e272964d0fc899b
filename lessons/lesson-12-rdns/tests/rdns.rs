//! Lesson 12.
#![cfg(test)]
