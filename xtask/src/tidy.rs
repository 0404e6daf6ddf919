//! x
use crate::shell::Result;
pub(crate) fn run() -> Result<()> {
    Ok(())
}
