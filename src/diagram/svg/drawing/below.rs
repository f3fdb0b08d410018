//! The sections below a picture as elements.

use std::io;

use super::super::super::layout::{Point, Rect, Size};
use super::super::key::{Row, SWATCH_WIDTH, Swatch};
use super::super::palette::{DASHES, FLAGGED, LINE, TEXT, colour, tint};
use super::super::part::{BADGE_HEIGHT, Line};
use super::{Anchor, Drawing, MARGIN};

/// Between two sections.
const SECTION_SPACE: i32 = 12;

/// The height of a section.
pub(super) fn height(title: Option<&Line>, rows: &[Row]) -> i32 {
    let lines = title.into_iter().chain(rows.iter().map(|row| &row.line));
    SECTION_SPACE + lines.map(|line| line.ty.leading()).sum::<i32>()
}

impl Drawing<'_> {
    /// A section below the picture; gives where it ends.
    pub(super) fn rows(&mut self, title: Option<&Line>, rows: &[Row], mut y: i32) -> io::Result<i32> {
        y += SECTION_SPACE;
        if let Some(title) = title {
            self.line(title, Anchor::Start, MARGIN, y, "p-text")?;
            y += title.ty.leading();
        }
        for row in rows {
            let indent = self.swatch(row.swatch, y)?;
            if let Some(flag) = row.flag {
                let id = format!("flag-{}", flag + 1);
                self.open("g", &[("id", &id)])?;
            }
            let size = row.line.ty.size.to_string();
            let (x, baseline) = ((MARGIN + indent).to_string(), (y + row.line.ty.size).to_string());
            self.text_element(
                "text",
                &[
                    ("class", "p-text"),
                    ("x", &x),
                    ("y", &baseline),
                    ("font-size", &size),
                    ("fill", TEXT),
                ],
                &row.line.text,
            )?;
            if row.flag.is_some() {
                self.close("g")?;
            }
            y += row.line.ty.leading();
        }
        Ok(y)
    }

    /// What stands in front of a row; gives the room it takes.
    fn swatch(&mut self, swatch: Swatch, y: i32) -> io::Result<i32> {
        let rect = Rect {
            at: Point { x: MARGIN, y: y + 1 },
            size: Size {
                width: 26,
                height: 12,
            },
        };
        let middle = y + 7;
        let line = format!("M{MARGIN} {middle}H{}", MARGIN + 26);
        let path = |width, dashes| {
            [
                ("class", "p-line"),
                ("d", &*line),
                ("fill", "none"),
                ("stroke", LINE),
                ("stroke-width", width),
                ("stroke-dasharray", dashes),
            ]
        };
        match swatch {
            Swatch::None => return Ok(0),
            Swatch::Dashed => self.empty("path", &path("1.3", DASHES))?,
            Swatch::Thick => self.empty("path", &path("2.5", "none"))?,
            Swatch::Frame(class) => {
                let dashes = if class == "p-open" { DASHES } else { "none" };
                let attributes = [
                    ("class", class.to_owned()),
                    ("rx", "3".to_owned()),
                    ("fill", colour(class).to_owned()),
                    ("fill-opacity", tint(class).to_owned()),
                    ("stroke", colour(class).to_owned()),
                    ("stroke-width", "1.5".to_owned()),
                    ("stroke-dasharray", dashes.to_owned()),
                ];
                self.rect(rect, &attributes)?;
            }
            Swatch::Badge => {
                let at = Rect {
                    at: Point { x: MARGIN, y: y - 1 },
                    size: Size {
                        width: 26,
                        height: BADGE_HEIGHT,
                    },
                };
                self.badge_body("1", at, "p-error", FLAGGED)?;
            }
        }
        Ok(SWATCH_WIDTH)
    }
}
