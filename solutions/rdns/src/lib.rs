//! What the programs are made of, apart from the lessons: command lines, and what the system has to say.

pub mod client;
pub mod server_address;
pub mod system;
