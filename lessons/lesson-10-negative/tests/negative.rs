//! Lesson 10.
#![cfg(test)]
