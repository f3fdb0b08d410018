//! The order in which CloudFormation creates resources.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html>

use rustc_hash::FxHashSet;

use super::Inventory;
use crate::cfn::{Owner, ReferenceKind};
use crate::project::{Child, ResourceId, StackId};

/// The resources of the same deployment that are certainly created before this one: those that it refers to or names
/// in `DependsOn`, those that these need, and everything in the nested stacks among them. What a nested stack needs,
/// its resources need.
pub fn created_before(inventory: &Inventory<'_>, id: ResourceId) -> FxHashSet<ResourceId> {
    let project = inventory.project();
    let mut order = Order {
        inventory,
        before: FxHashSet::default(),
        pending: vec![id],
    };
    let mut stack = id.stack;
    while let Some(parent) = project.stack(stack).parent {
        order.pending.push(parent);
        stack = parent.stack;
    }
    while let Some(next) = order.pending.pop() {
        let references = &project.template(next.stack).references;
        let own = references.of(Owner::Resource(next.index));
        for reference in own {
            let is_needed = matches!(
                reference.kind,
                ReferenceKind::Ref | ReferenceKind::GetAtt(_) | ReferenceKind::DependsOn
            );
            if let (true, Some(needed)) = (is_needed, project.find(next.stack, &reference.name)) {
                order.need(needed);
            }
        }
    }
    order.before
}

struct Order<'i, 'a> {
    inventory: &'i Inventory<'a>,
    before: FxHashSet<ResourceId>,
    pending: Vec<ResourceId>,
}

impl Order<'_, '_> {
    fn need(&mut self, id: ResourceId) {
        if !self.before.insert(id) {
            return;
        }
        self.pending.push(id);
        if let Some(Child::Stack { id: child, .. }) = self.inventory.eval.child(id) {
            self.need_all(*child);
        }
    }

    fn need_all(&mut self, stack: StackId) {
        let count = self.inventory.project().template(stack).resources.len() as u32;
        for index in 0..count {
            self.need(ResourceId { stack, index });
        }
    }
}
