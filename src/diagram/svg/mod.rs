//! The picture as SVG, which every browser draws: one file that loads nothing, for light and dark pages.
//!
//! Colours stand as attributes, so that a picture is legible where no style is read; the style only changes them for dark pages.
//! Whoever hears the picture hears every part with all its lines, in the order of the boxes; whoever cannot tell colours
//! apart finds dashes, numbers and words.

mod drawing;
mod key;
mod palette;
mod part;
mod stroke;
mod type_size;

#[cfg(test)]
mod tests;

use std::io;

use super::picture::Picture;

/// Where a picture stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// In a file of its own: with its style and, below it, the findings.
    Alone,
    /// In a page that has [`STYLE`] and shows the findings, each at its [`anchor`].
    Page,
}

/// The colours of a dark page.
pub const STYLE: &str = include_str!("picture.css");

/// The fragment of the address of a finding in a page: a second finding of one kind is `<id>#2`, and an address holds one `#`.
pub fn anchor(finding: &str) -> String {
    format!("f-{}", finding.replace('#', "-"))
}

/// The fragment of the address of the first part that has the number of a finding; `None` for one that is not drawn.
pub fn part_anchor(picture: &Picture, number: u32) -> Option<String> {
    let has = |flags: &[u32]| flags.contains(&number);
    if let Some(at) = picture.nodes.iter().position(|node| has(&node.flags)) {
        return Some(part::element_id("n", at));
    }
    if let Some(at) = picture.groups.iter().position(|group| has(&group.flags)) {
        return Some(part::element_id("g", at));
    }
    let at = picture.edges.iter().position(|edge| has(&edge.flags))?;
    let edge = &picture.edges[at];
    // A line back to its own node stands on it.
    Some(match edge.from == edge.to {
        true => part::element_id("n", edge.from.0 as usize),
        false => part::element_id("e", at),
    })
}

/// The picture.
///
/// # Errors
/// None that a text in memory could have.
pub fn write(picture: &Picture, setting: Setting) -> io::Result<String> {
    let parts = part::Parts::new(picture);
    let layout = super::layout::layout(&parts.plan());
    drawing::draw(picture, &parts, &layout, setting)
}
