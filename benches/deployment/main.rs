//! Writes generated deployments, and does the least that a run of ecslint is compared with. The scripts in `benches/` use it:
//!
//! ```text
//! deployment set FOLDER TEMPLATES        applications of a network, security groups and services
//! deployment importing FOLDER SERVICES   services that import from one network
//! deployment template FILE BYTES         one template
//! deployment events                      parses the files whose paths stand on stdin, and builds nothing
//! deployment version                     prints a version, as the least that a program does
//! ```

#![allow(clippy::print_stdout, reason = "what this program is for")]

#[path = "mod.rs"]
mod deployment;

use std::error::Error;
use std::io::{self, Read};
use std::path::Path;
use std::{env, fs};

use granit_parser::Parser;
use rayon::prelude::*;

use deployment::File;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["set", folder, count] => write(folder, deployment::templates(count.parse()?)),
        ["importing", folder, count] => write(folder, deployment::importing(count.parse()?)),
        ["template", file, bytes] => Ok(fs::write(file, deployment::template(bytes.parse()?))?),
        ["events"] => events(),
        ["version"] => {
            println!("deployment {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        _ => Err(
            "set FOLDER TEMPLATES, importing FOLDER SERVICES, template FILE BYTES, events, or version".into(),
        ),
    }
}

fn write(folder: &str, files: Vec<File>) -> Result<(), Box<dyn Error>> {
    for file in files {
        let path = Path::new(folder).join(file.path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new(folder)))?;
        fs::write(path, file.text)?;
    }
    Ok(())
}

/// The bare parse: every file read, every event asked for, nothing kept. The options are those of `yaml::parse`.
fn events() -> Result<(), Box<dyn Error>> {
    let mut paths = String::new();
    io::stdin().read_to_string(&mut paths)?;
    let paths: Vec<&str> = paths.lines().collect();
    let counts = paths.par_iter().map(|path| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let options = granit_parser::options! {
            emit_comments: true,
            emit_unresolved_aliases: true,
            block_scalar_eof_without_line_feed: true,
            max_buffered_comment_events: 1 << 20,
            simple_key_max_lookahead: 65_536,
            flow_nesting_limit: 128,
            block_nesting_limit: 128,
        };
        let body = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let parser = Parser::new_from_str_with_options(body, options);
        (parser.take_while(Result::is_ok).count(), text.len())
    });
    let (events, bytes) = counts.reduce(|| (0, 0), |one, other| (one.0 + other.0, one.1 + other.1));
    println!("{events} events of {bytes} bytes in {} files", paths.len());
    Ok(())
}
