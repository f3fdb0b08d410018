//! The picture of a deployment: what the facts say, as nodes, groups and edges, and the formats that draw it.
//!
//! A view reads facts and nothing else, least of all names; what is not known is drawn as such. The formats read the picture
//! and nothing else.

mod architecture;
pub mod ascii;
mod canvas;
mod deployment;
mod deps;
pub mod dot;
mod environment;
mod flags;
mod fold;
mod iam;
pub mod json;
mod layout;
mod lines;
pub mod mermaid;
mod network;
mod picture;
mod stacks;
pub mod svg;
#[cfg(test)]
mod tests;

pub use picture::{
    Condition, Detail, DetailKind, Edge, EdgeKind, Flag, Group, GroupId, GroupKind, Node, NodeId, NodeKind,
    Picture, SubnetClass, View,
};

pub use environment::Surroundings;
pub use lines::when;

use canvas::Canvas;

use crate::facts::Facts;

/// Draws a view of what the facts say.
pub fn draw(facts: &Facts<'_>, view: View) -> Picture {
    let mut canvas = Canvas::new(facts, view);
    match view {
        View::Architecture => architecture::draw(&mut canvas),
        View::Network => network::draw(&mut canvas),
        View::Iam => iam::draw(&mut canvas),
        View::Stacks => stacks::draw(&mut canvas),
        View::Deps => deps::draw(&mut canvas),
    }
    canvas.finish()
}
