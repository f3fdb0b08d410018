//! Files that reports are written to.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use tempfile::NamedTempFile;

use super::exit::Failure;
use crate::lint::Report;
use crate::report::{Format, Options, write};

/// Held while a report takes its place, so that an interrupt leaves the old one or the new one and no other file.
static TAKING_PLACE: Mutex<()> = Mutex::new(());

/// Waits until no report is between its temporary file and its place, and lets none go there any more.
pub(super) fn settle() {
    std::mem::forget(TAKING_PLACE.lock().unwrap_or_else(PoisonError::into_inner));
}

/// A file to write a report to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) format: Format,
    pub(super) path: PathBuf,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').ok_or("expected FORMAT=PATH")?;
        let format = Format::from_str(format).map_err(|error| error.to_string())?;
        match path {
            "" => Err("expected FORMAT=PATH, found no path".to_owned()),
            "-" => Err("stdout has the report of `--format`; use that, or write to a file".to_owned()),
            path => Ok(Target {
                format,
                path: PathBuf::from(path),
            }),
        }
    }
}

impl Target {
    /// Writes a report, unless a template stands there. A reader of the file sees the old report or the whole new one.
    pub(super) fn write(&self, cwd: &Path, report: &Report, options: &Options) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        let shown = self.path.display();
        write(self.format, report, options, &mut bytes)
            .map_err(|error| Failure::usage(format!("cannot write {shown}: {error}")))?;
        put_whole(&self.path, cwd, report, &bytes)
    }
}

/// Where a file stands, links followed, also when it is not there yet.
fn place(path: &Path, cwd: &Path) -> PathBuf {
    let path = cwd.join(path);
    if is_special(&path) {
        return path;
    }
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    match (
        path.parent().and_then(|folder| folder.canonicalize().ok()),
        path.file_name(),
    ) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}

/// Writes bytes to a file, unless one of the inputs of the report stands there. A reader of the file sees what was there before or
/// all that is new.
pub(super) fn put_whole(path: &Path, cwd: &Path, report: &Report, bytes: &[u8]) -> Result<(), Failure> {
    let place = place(path, cwd);
    let shown = path.display();
    let is_input = report.sources.iter().any(|(_, source)| {
        // A report of an earlier run may lie among the inputs; it was read, and skipped as no template.
        let path = source.path();
        let is_skipped = report.skipped.iter().any(|skipped| skipped.path == *path);
        !is_skipped && cwd.join(&**path).canonicalize().is_ok_and(|input| input == place)
    });
    if is_input {
        let failure = Failure::usage(format!("{shown} is one of the inputs"));
        return Err(failure.help("write the report to another file"));
    }
    match put(&place, bytes) {
        // A pipe whose reader has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|error| Failure::usage(format!("cannot write {shown}: {error}"))),
    }
}

/// Says when two reports would go to one file. Devices and pipes take as many as come.
pub(super) fn refuse_twice(targets: &[Target], cwd: &Path) -> Result<(), Failure> {
    let mut taken: Vec<PathBuf> = Vec::new();
    for target in targets {
        let place = place(&target.path, cwd);
        if is_special(&place) {
            continue;
        }
        if taken.contains(&place) {
            let message = format!("two reports go to {}", target.path.display());
            return Err(Failure::usage(message).help("give each a file of its own"));
        }
        taken.push(place);
    }
    Ok(())
}

/// True when something stands there that is neither a file nor a folder.
fn is_special(path: &Path) -> bool {
    let is_stream = path == Path::new("/dev/stdout") || path == Path::new("/dev/stderr");
    is_stream || fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// Puts bytes into a file: by way of a temporary one beside it, or directly where that cannot be, as in a folder that takes no new
/// files, or on a file that is a mount of its own. What is called as the streams of the process is them: opened once more, a file
/// behind them would be written over from its start.
fn put(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let stream: Option<&mut dyn Write> = match place.to_str() {
        Some("/dev/stdout") => Some(&mut io::stdout().lock()),
        Some("/dev/stderr") => Some(&mut io::stderr().lock()),
        _ => None,
    };
    if let Some(stream) = stream {
        return stream.write_all(bytes).and_then(|()| stream.flush());
    }
    if !is_special(place) && !place.is_dir() {
        let _guard = TAKING_PLACE.lock().unwrap_or_else(PoisonError::into_inner);
        if replace(place, bytes).is_ok() {
            return Ok(());
        }
    }
    let mut file = File::create(place)?;
    file.write_all(bytes)?;
    file.flush()
}

/// Puts bytes into a file, all of them or nothing; links are followed. With `before` the file must still hold that.
///
/// # Errors
/// When the file changed in the meantime or is read-only, or the system refuses.
pub(super) fn exchange(place: &Path, before: Option<&[u8]>, bytes: &[u8]) -> io::Result<()> {
    let place = place.canonicalize().unwrap_or_else(|_| place.to_path_buf());
    if let Some(before) = before
        && fs::read(&place)? != before
    {
        return Err(io::Error::other("it was changed in the meantime"));
    }
    let _guard = TAKING_PLACE.lock().unwrap_or_else(PoisonError::into_inner);
    replace(&place, bytes)
}

/// Writes a temporary file beside the place and lets it take the place.
fn replace(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = place.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ecslint-");
    let before = fs::metadata(place).ok().map(|metadata| metadata.permissions());
    if before.as_ref().is_some_and(Permissions::readonly) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What a new file has; the system takes off what the user's mask says.
        const NEW_FILE: u32 = 0o666;
        builder.permissions(Permissions::from_mode(NEW_FILE));
    }
    // The name of the temporary file is nobody's business.
    let nameless = |error: io::Error| io::Error::from(error.kind());
    let mut file: NamedTempFile = builder.tempfile_in(folder).map_err(nameless)?;
    file.write_all(bytes)?;
    file.flush()?;
    if let Some(before) = before {
        file.as_file().set_permissions(before)?;
    }
    file.persist(place)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_target_has_a_format_that_is_built_and_a_path() {
        let target: Target = "sarif=a=b.sarif".parse().unwrap();
        assert_eq!(
            (target.format, target.path),
            (Format::Sarif, PathBuf::from("a=b.sarif"))
        );
        assert!("sarif=".parse::<Target>().is_err());
        assert!(
            "json=-"
                .parse::<Target>()
                .is_err_and(|error| error.contains("stdout"))
        );
    }

    #[test]
    fn one_file_by_two_names_is_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let target = |path: &str| Target {
            format: Format::Json,
            path: path.into(),
        };
        let refused =
            |one: &str, two: &str| refuse_twice(&[target(one), target(two)], folder.path()).is_err();
        assert!(refused("a.json", "./a.json"));
        assert!(!refused("a.json", "b.json"));
        assert!(!refused("/dev/null", "/dev/null"));
    }

    #[test]
    fn a_report_takes_the_place_of_an_older_one_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.json");
        put(&place, b"old and long").unwrap();
        put(&place, b"new").unwrap();
        assert_eq!(fs::read(&place).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_report_has_the_permissions_of_a_file_that_a_shell_makes_and_keeps_those_it_has() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let (ours, plain) = (folder.path().join("a"), folder.path().join("b"));
        put(&ours, b"x").unwrap();
        fs::write(&plain, b"x").unwrap();
        assert_eq!(mode(&ours), mode(&plain));
        fs::set_permissions(&ours, Permissions::from_mode(0o640)).unwrap();
        put(&ours, b"y").unwrap();
        assert_eq!(mode(&ours), 0o640);
    }
}
