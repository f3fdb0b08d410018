//! The texts and numbers of a picture as elements.

use std::io;

use super::super::super::layout::{Point, Rect, Size};
use super::super::palette::{QUIET, TEXT, severity};
use super::super::part::{BADGE_HEIGHT, BADGE_SPACE, Line, Part};
use super::super::{Setting, anchor};
use super::{Anchor, Drawing};
use crate::diag::xml;

impl Drawing<'_> {
    /// The whole text, for pointers that rest on a part.
    pub(super) fn whole(&mut self, part: &Part) -> io::Result<()> {
        let lines: Vec<String> = part.whole.lines().map(xml::text).collect();
        self.text_element("title", &[], &lines.join("\n"))
    }

    /// Texts below each other, then numbers.
    pub(super) fn part(&mut self, part: &Part, corner: Point) -> io::Result<()> {
        self.texts(part, Anchor::Start, corner.x, corner.y)?;
        self.badges(part, corner)
    }

    /// Texts below each other.
    pub(super) fn texts(&mut self, part: &Part, anchor: Anchor, x: i32, mut y: i32) -> io::Result<()> {
        for line in &part.lines {
            let class = if line.is_quiet { "p-quiet" } else { "p-text" };
            self.line(line, anchor, x, y, class)?;
            y += line.ty.leading();
        }
        Ok(())
    }

    /// The numbers below the texts.
    pub(super) fn badges(&mut self, part: &Part, corner: Point) -> io::Result<()> {
        let heights = part.lines.iter().map(|line| line.ty.leading());
        let mut y = corner.y + heights.sum::<i32>();
        let mut x = corner.x;
        y += BADGE_SPACE;
        for badge in &part.badges {
            let at = Rect {
                at: Point { x, y },
                size: Size {
                    width: badge.width,
                    height: BADGE_HEIGHT,
                },
            };
            self.badge(badge.flag, &badge.text, at)?;
            x += badge.width + BADGE_SPACE;
        }
        Ok(())
    }

    /// A line of text whose top is at `y`. What it says is said by the name of its part.
    pub(super) fn line(
        &mut self,
        line: &Line,
        anchor: Anchor,
        x: i32,
        y: i32,
        class: &str,
    ) -> io::Result<()> {
        let baseline = (y + line.ty.size).to_string();
        let (x, size) = (x.to_string(), line.ty.size.to_string());
        let mut attributes = vec![
            ("class", class),
            ("x", &*x),
            ("y", &*baseline),
            ("font-size", &*size),
            ("fill", if class == "p-text" { TEXT } else { QUIET }),
            ("aria-hidden", "true"),
        ];
        if line.ty.is_bold {
            attributes.push(("font-weight", "bold"));
        }
        if anchor == Anchor::Middle {
            attributes.push(("text-anchor", "middle"));
        }
        self.text_element("text", &attributes, &line.text)
    }

    pub(super) fn badge(&mut self, flag: Option<usize>, text: &str, at: Rect) -> io::Result<()> {
        let Some((number, flag)) = flag.and_then(|at| Some((at + 1, self.picture.flags.get(at)?))) else {
            return self.badge_body(text, at, "p-quiet", QUIET);
        };
        let target = match self.setting {
            Setting::Alone => format!("#flag-{number}"),
            Setting::Page => format!("#{}", anchor(&flag.finding)),
        };
        let said = xml::text(&format!(
            "finding {number}, {}: {}",
            flag.severity,
            flag.message.replace('`', "")
        ));
        self.open("a", &[("href", &target), ("aria-label", &said)])?;
        self.text_element("title", &[], &said)?;
        let (class, fill) = severity(flag.severity);
        self.badge_body(text, at, class, fill)?;
        self.close("a")
    }

    pub(super) fn badge_body(&mut self, text: &str, at: Rect, class: &str, fill: &str) -> io::Result<()> {
        self.rect(
            at,
            &[
                ("class", class.to_owned()),
                ("rx", "8".to_owned()),
                ("fill", fill.to_owned()),
            ],
        )?;
        let x = (at.at.x + at.size.width / 2).to_string();
        let y = (at.at.y + 12).to_string();
        self.text_element(
            "text",
            &[
                ("class", "p-number"),
                ("x", &x),
                ("y", &y),
                ("font-size", "12"),
                ("font-weight", "bold"),
                ("text-anchor", "middle"),
                ("fill", "#ffffff"),
                ("aria-hidden", "true"),
            ],
            text,
        )
    }
}
