//! Writing a file whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// Puts bytes into a file, all of them or nothing. With `before` the file must still hold that, and keeps its permissions; a
/// link is followed. Without `before` it may be new.
///
/// # Errors
/// When the file changed in the meantime, or the system refuses.
pub(super) fn replace(path: &Path, before: Option<&[u8]>, after: &[u8]) -> io::Result<()> {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    if let Some(before) = before
        && fs::read(&target)? != before
    {
        return Err(io::Error::other("it was changed in the meantime"));
    }
    let folder = target.parent().unwrap_or(Path::new("."));
    let permissions = fs::metadata(&target).map(|metadata| metadata.permissions());
    let mut file = match &permissions {
        Ok(_) => NamedTempFile::new_in(folder)?,
        // As open as any new file is.
        Err(_) => return fs::write(&target, after),
    };
    file.write_all(after)?;
    file.as_file().sync_all()?;
    fs::set_permissions(file.path(), permissions?)?;
    file.persist(&target).map_err(|error| error.error)?;
    Ok(())
}
