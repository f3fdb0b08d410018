//! Writes the laid out picture as elements.

mod below;
mod lettering;

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};

use super::super::deployment::common_folder;
use super::super::layout::{Layout, PlacedGroup, Point, Rect, Route};
use super::super::picture::{Edge, GroupId, Node, NodeId, NodeKind, Picture};
use super::key::{self, Row};
use super::palette::{DASHES, FLAGGED, LINE, band, colour, tint};
use super::part::{Line, NODE_PAD, NODE_PAD_Y, Part, Parts, element_id};
use super::stroke::{arrow, rounded};
use super::{STYLE, Setting};
use crate::diag::xml;
use below::height;

/// Around everything.
const MARGIN: i32 = 16;
/// The narrowest picture, so that what stands below it can be read.
const WIDTH_MIN: i32 = 560;
/// How wide what stands below a picture may be.
const TEXT_WIDTH_MAX: i32 = 900;
/// Spaces of an indentation.
const INDENT: usize = 1;
/// Fonts that are at most as wide as the texts were taken for.
const FONTS: &str = "system-ui, 'Segoe UI', Roboto, Helvetica, Arial, 'DejaVu Sans', sans-serif";
/// Templates that the heading names; the others are counted.
const TEMPLATES_MAX: usize = 4;

/// Draws.
pub(super) fn draw(
    picture: &Picture,
    parts: &Parts<'_>,
    layout: &Layout,
    setting: Setting,
) -> io::Result<String> {
    let mut drawing = Drawing {
        picture,
        parts,
        layout,
        setting,
        writer: Writer::new_with_indent(Vec::new(), b' ', INDENT),
    };
    drawing.document()?;
    let mut text = String::from_utf8(drawing.writer.into_inner()).map_err(io::Error::other)?;
    text.push('\n');
    Ok(text)
}

struct Drawing<'a> {
    picture: &'a Picture,
    parts: &'a Parts<'a>,
    layout: &'a Layout,
    setting: Setting,
    writer: Writer<Vec<u8>>,
}

/// What of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anchor {
    Start,
    Middle,
}

/// The attributes of an element.
type Attributes<'a> = &'a [(&'a str, &'a str)];

impl Drawing<'_> {
    fn open(&mut self, name: &str, attributes: Attributes<'_>) -> io::Result<()> {
        let element = BytesStart::new(name).with_attributes(attributes.iter().copied());
        self.writer.write_event(Event::Start(element))
    }

    fn close(&mut self, name: &str) -> io::Result<()> {
        self.writer.write_event(Event::End(BytesEnd::new(name)))
    }

    fn empty(&mut self, name: &str, attributes: Attributes<'_>) -> io::Result<()> {
        let element = BytesStart::new(name).with_attributes(attributes.iter().copied());
        self.writer.write_event(Event::Empty(element))
    }

    /// An element with nothing but text.
    fn text_element(&mut self, name: &str, attributes: Attributes<'_>, text: &str) -> io::Result<()> {
        self.open(name, attributes)?;
        self.writer.write_event(Event::Text(BytesText::new(text)))?;
        self.close(name)
    }

    fn document(&mut self) -> io::Result<()> {
        let width = (self.layout.size.width + 2 * MARGIN).max(WIDTH_MIN);
        let text_width = (width - 2 * MARGIN).min(TEXT_WIDTH_MAX);
        let name = self.name();
        let heading = match self.setting {
            Setting::Alone => super::type_size::NAME.wrapped(&xml::text(&name), text_width, 3),
            Setting::Page => Vec::new(),
        };
        let top = MARGIN + 18 * heading.len() as i32;
        let below = self.below(text_width);
        let rows: i32 = below
            .iter()
            .map(|(title, rows)| height(title.as_ref(), rows))
            .sum();
        let bottom = top + self.layout.size.height;
        let total = bottom + rows + MARGIN;
        let view = format!("0 0 {width} {total}");
        self.open(
            "svg",
            &[
                ("xmlns", "http://www.w3.org/2000/svg"),
                ("width", &width.to_string()),
                ("height", &total.to_string()),
                ("viewBox", &view),
                ("role", "group"),
                ("lang", "en"),
                ("aria-labelledby", "p-title"),
                ("aria-describedby", "p-desc"),
                ("font-family", FONTS),
            ],
        )?;
        self.text_element("title", &[("id", "p-title")], &xml::text(&name))?;
        let description = self.description();
        self.text_element("desc", &[("id", "p-desc")], &xml::text(&description))?;
        if self.setting == Setting::Alone {
            self.text_element("style", &[], STYLE)?;
        }
        let (w, h) = (width.to_string(), total.to_string());
        self.empty(
            "rect",
            &[
                ("class", "p-ground"),
                ("width", &w),
                ("height", &h),
                ("fill", "#ffffff"),
            ],
        )?;
        for (at, text) in heading.iter().enumerate() {
            let line = key::heading(text);
            self.line(&line, Anchor::Start, MARGIN, MARGIN + 18 * at as i32, "p-text")?;
        }
        let shift = format!("translate({MARGIN} {top})");
        self.open("g", &[("transform", &shift)])?;
        self.inside(None)?;
        for (route, (at, edge)) in self.layout.edges.iter().zip(self.parts.drawn_edges()) {
            self.edge(at, edge, route)?;
        }
        self.close("g")?;
        let mut y = bottom;
        for (title, rows) in &below {
            y = self.rows(title.as_ref(), rows, y)?;
        }
        self.close("svg")
    }

    /// "architecture: root.yaml, network.yaml in templates"
    fn name(&self) -> String {
        let view = self.picture.title();
        let templates = &self.picture.templates;
        let folder = match templates.as_slice() {
            [_, _, ..] => common_folder(templates),
            _ => "",
        };
        let names = templates.iter().take(TEMPLATES_MAX);
        let mut files: Vec<String> = names
            .map(|name| name.strip_prefix(folder).unwrap_or(name).to_owned())
            .collect();
        let more = templates.len().saturating_sub(TEMPLATES_MAX);
        if more > 0 {
            files.push(format!("{more} more"));
        }
        if files.is_empty() {
            return view;
        }
        let files = files.join(", ");
        match folder.trim_end_matches('/') {
            "" => format!("{view}: {files}"),
            folder => format!("{view}: {files} in {folder}"),
        }
    }

    fn description(&self) -> String {
        let picture = self.picture;
        format!(
            "{} things in {} boxes, {} lines between them; {} findings",
            picture.nodes.len(),
            picture.groups.len(),
            picture.edges.len(),
            picture.flags.len()
        )
    }

    /// What stands below the picture, in sections.
    fn below(&self, width: i32) -> Vec<(Option<Line>, Vec<Row>)> {
        let mut out = vec![
            (None, key::legend(self.picture, width)),
            (None, key::notes(self.picture, width)),
        ];
        if self.setting == Setting::Alone && !self.picture.flags.is_empty() {
            let findings = key::findings(self.picture, width);
            out.push((Some(key::heading("Findings")), findings));
        }
        out.retain(|(_, rows)| !rows.is_empty());
        out
    }

    /// A box with all that is in it, or the picture.
    fn inside(&mut self, group: Option<GroupId>) -> io::Result<()> {
        for id in self.picture.nodes_in(group) {
            self.node(id.0 as usize)?;
        }
        for id in self.picture.groups_in(group) {
            let at = id.0 as usize;
            let part = &self.parts.groups[at];
            self.open(
                "g",
                &[
                    ("id", &element_id("g", at)),
                    ("role", "group"),
                    ("aria-label", &spoken(part)),
                ],
            )?;
            self.frame(id, self.layout.groups[at])?;
            self.inside(Some(id))?;
            self.close("g")?;
        }
        Ok(())
    }

    fn frame(&mut self, id: GroupId, placed: PlacedGroup) -> io::Result<()> {
        let group = self.picture.group(id);
        let part = &self.parts.groups[id.0 as usize];
        let class = key::class(group.kind);
        let is_dashed = group.condition.is_some() || class == "p-open";
        let is_flagged = !group.flags.is_empty();
        let mut attributes = vec![
            (
                "class",
                if is_flagged {
                    format!("{class} p-flagged")
                } else {
                    class.to_owned()
                },
            ),
            ("rx", "6".to_owned()),
            ("fill", colour(class).to_owned()),
            ("fill-opacity", tint(class).to_owned()),
            (
                "stroke",
                if is_flagged {
                    FLAGGED.to_owned()
                } else {
                    colour(class).to_owned()
                },
            ),
            (
                "stroke-width",
                if is_flagged {
                    "2.5".to_owned()
                } else {
                    "1.5".to_owned()
                },
            ),
        ];
        if is_dashed {
            attributes.push(("stroke-dasharray", DASHES.to_owned()));
        }
        self.rect(placed.frame, &attributes)?;
        self.whole(part)?;
        self.part(part, placed.title.at)
    }

    fn node(&mut self, at: usize) -> io::Result<()> {
        let node = &self.picture.nodes[at];
        let part = &self.parts.nodes[at];
        let rect = self.layout.nodes[at];
        self.open(
            "g",
            &[
                ("id", &element_id("n", at)),
                ("class", "node"),
                ("role", "group"),
                ("aria-label", &spoken(part)),
            ],
        )?;
        let is_flagged = part.badges.iter().any(|badge| badge.flag.is_some());
        let is_dashed = node.condition.is_some() || node.kind == NodeKind::Unknown;
        let mut attributes = vec![
            (
                "class",
                if is_flagged {
                    "p-node p-flagged".to_owned()
                } else {
                    "p-node".to_owned()
                },
            ),
            (
                "rx",
                if is_round(node) {
                    "16".to_owned()
                } else {
                    "4".to_owned()
                },
            ),
            ("fill", "#f7f8fa".to_owned()),
            (
                "stroke",
                if is_flagged {
                    FLAGGED.to_owned()
                } else {
                    "#6b7684".to_owned()
                },
            ),
            (
                "stroke-width",
                if is_flagged {
                    "2.5".to_owned()
                } else {
                    "1.2".to_owned()
                },
            ),
        ];
        if is_dashed {
            attributes.push(("stroke-dasharray", DASHES.to_owned()));
        }
        if node.members.len() > 1 {
            // A second sheet behind the first: one box for several things.
            let mut behind = rect;
            behind.at = Point {
                x: rect.at.x + 4,
                y: rect.at.y + 4,
            };
            self.rect(behind, &attributes)?;
        }
        self.rect(rect, &attributes)?;
        let (class, fill) = band(node.kind);
        let mut stripe = rect;
        stripe.at = Point {
            x: rect.at.x + 4,
            y: rect.at.y + 8,
        };
        stripe.size.width = 3;
        stripe.size.height -= 16;
        self.rect(
            stripe,
            &[
                ("class", class.to_owned()),
                ("fill", fill.to_owned()),
                ("stroke", "none".to_owned()),
            ],
        )?;
        self.whole(part)?;
        let corner = Point {
            x: rect.at.x + NODE_PAD,
            y: rect.at.y + NODE_PAD_Y,
        };
        self.part(part, corner)?;
        self.close("g")
    }

    fn edge(&mut self, at: usize, edge: &Edge, route: &Route) -> io::Result<()> {
        let name = |id: NodeId| self.picture.node(id).label.replace('`', "");
        let mut said = format!("{} to {}", name(edge.from), name(edge.to));
        let part = self.parts.edges[at].clone();
        if let Some(part) = &part {
            said.push_str(": ");
            said.push_str(&part.whole.replace('\n', ", "));
        }
        let said = xml::text(&said);
        self.open(
            "g",
            &[
                ("id", &element_id("e", at)),
                ("class", "edge"),
                ("role", "group"),
                ("aria-label", &said),
            ],
        )?;
        self.text_element("title", &[], &said)?;
        let is_flagged = !edge.flags.is_empty();
        let stroke = if is_flagged { FLAGGED } else { LINE };
        let width = match (is_flagged, key::is_thick(edge.kind)) {
            (true, _) => "2.5",
            (false, true) => "2.5",
            (false, false) => "1.3",
        };
        let mut path = String::new();
        for piece in &route.pieces {
            path.push_str(&rounded(piece));
        }
        let class = if is_flagged { "p-line p-flagged" } else { "p-line" };
        let mut attributes = vec![
            ("class", class),
            ("d", path.trim_end()),
            ("fill", "none"),
            ("stroke", stroke),
            ("stroke-width", width),
        ];
        if edge.is_dashed() {
            attributes.push(("stroke-dasharray", DASHES));
        }
        self.empty("path", &attributes)?;
        if let Some([before, end]) = route.pieces.last().and_then(|piece| piece.last_chunk::<2>()) {
            let points = arrow(*before, *end);
            let class = if is_flagged { "p-arrow p-error" } else { "p-arrow" };
            self.empty(
                "polygon",
                &[("class", class), ("points", &points), ("fill", stroke)],
            )?;
        }
        if let (Some(part), Some(label)) = (&part, route.label) {
            // The line enters and leaves in the middle.
            let middle = label.at.x + label.size.width / 2;
            self.texts(part, Anchor::Middle, middle, label.at.y)?;
            self.badges(
                part,
                Point {
                    x: middle - part.badges_width() / 2,
                    y: label.at.y,
                },
            )?;
        }
        self.close("g")
    }

    fn rect(&mut self, rect: Rect, attributes: &[(&str, String)]) -> io::Result<()> {
        let place = [
            ("x", rect.at.x.to_string()),
            ("y", rect.at.y.to_string()),
            ("width", rect.size.width.to_string()),
            ("height", rect.size.height.max(0).to_string()),
        ];
        let all: Vec<(&str, &str)> = place
            .iter()
            .chain(attributes)
            .map(|(name, value)| (*name, &**value))
            .collect();
        self.empty("rect", &all)
    }
}

fn spoken(part: &Part) -> String {
    xml::text(&part.whole.replace('\n', ", "))
}

/// Things that are not resources of the templates, and things that start others.
fn is_round(node: &Node) -> bool {
    matches!(
        node.kind,
        NodeKind::Internet
            | NodeKind::Addresses
            | NodeKind::ScheduledTask
            | NodeKind::Role
            | NodeKind::Unknown
    )
}
