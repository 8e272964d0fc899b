//! x
use crate::course::Course;
use anyhow::Result;
pub(crate) fn run(_course: &Course) -> Result<bool> { Ok(true) }
