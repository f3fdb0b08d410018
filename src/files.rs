//! Access to files, so that the layers above never touch the disk themselves.

use std::io;
use std::path::{Path, PathBuf};

/// Where templates and parameter files are read from.
pub trait Files: Sync {
    /// The bytes of a file, at most `limit` plus one of them: a longer answer tells the caller that the file is too large.
    ///
    /// # Errors
    /// Whatever the system says: not found, no permission, not a regular file.
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;

    /// True when a regular file stands at the path.
    fn is_file(&self, path: &Path) -> bool;

    /// True when a folder stands at the path.
    fn is_dir(&self, path: &Path) -> bool;

    /// The real place of a path, symbolic links followed.
    ///
    /// # Errors
    /// When the path does not exist or a link in it cannot be followed.
    fn canonical(&self, path: &Path) -> io::Result<PathBuf>;
}

/// The file system of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        use std::io::Read;
        let metadata = std::fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let mut bytes = Vec::with_capacity(metadata.len().min(limit) as usize + 1);
        std::fs::File::open(path)?
            .take(limit + 1)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn is_dir(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        path.canonicalize()
    }
}
