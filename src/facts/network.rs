//! Subnets, routes and gateways.

use super::Inventory;

/// The network facts of a project.
#[derive(Debug, Default)]
pub struct Network {}

impl Network {
    /// Derives the network facts.
    pub fn build(inventory: &Inventory<'_>) -> Self {
        let _ = inventory;
        Self::default()
    }
}
