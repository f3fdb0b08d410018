//! Pipelines with their stages and actions.

use super::Inventory;
use crate::aws::Item;
use crate::aws::codepipeline::{Action as ActionView, Pipeline as PipelineView, Stage as StageView};
use crate::eval::{Case, Cases, Guard, Known, Unknown, Value, when};
use crate::project::ResourceId;
use crate::source::Str;

/// A pipeline.
#[derive(Debug)]
pub struct Pipeline<'a> {
    /// The resource.
    pub id: ResourceId,
    /// Its stages in order.
    pub stages: Vec<Stage<'a>>,
    /// When and why stages or actions are not known.
    pub open: Vec<Case<Unknown>>,
}

/// A stage.
#[derive(Debug)]
pub struct Stage<'a> {
    /// The stage itself.
    pub item: Item<'a>,
    /// Its actions.
    pub actions: Vec<Action<'a>>,
}

/// An action, with when it is there.
#[derive(Debug)]
pub struct Action<'a> {
    /// The action itself; its guard is when it is there.
    pub item: Item<'a>,
    /// What kind of action.
    pub category: Vec<Case<Known<Str>>>,
    /// Who acts.
    pub provider: Vec<Case<Known<Str>>>,
}

impl<'a> Pipeline<'a> {
    /// The actions of all its stages, in order.
    pub fn actions(&self) -> impl Iterator<Item = &Action<'a>> {
        self.stages.iter().flat_map(|stage| &stage.actions)
    }
}

impl Action<'_> {
    /// When it is an action of a category.
    pub fn is(&self, category: &str) -> Guard {
        when(&self.category, |known| known.is(category))
    }

    /// When a provider acts.
    pub fn is_by(&self, provider: &str) -> Guard {
        when(&self.provider, |known| known.is(provider))
    }
}

/// The pipelines of a project.
pub fn build<'a>(inventory: &Inventory<'a>) -> Vec<Pipeline<'a>> {
    let ids = inventory.of_type(PipelineView::TYPE).iter();
    ids.map(|id| pipeline(inventory, *id)).collect()
}

fn pipeline<'a>(inventory: &Inventory<'a>, id: ResourceId) -> Pipeline<'a> {
    let eval = &inventory.eval;
    let mut open = Vec::new();
    let mut stages = Vec::new();
    for item in known(eval.elements(PipelineView(id).stages(eval)), &mut open) {
        let actions = eval.elements(StageView(&item).actions(eval));
        let actions = known(actions, &mut open).into_iter().map(|item| {
            let view = ActionView(&item);
            let category = eval.scalars(view.category(eval));
            let provider = eval.scalars(view.provider(eval));
            Action {
                item,
                category,
                provider,
            }
        });
        let actions: Vec<Action<'a>> = actions.collect();
        for case in actions.iter().flat_map(|action| &action.category) {
            if let Known::Unknown(reason) = &case.value {
                open.push(case.with(reason.clone()));
            }
        }
        stages.push(Stage { item, actions });
    }
    Pipeline { id, stages, open }
}

/// The mappings among the elements of a list; what is not known goes to `open`.
fn known<'a>(elements: Cases<'a>, open: &mut Vec<Case<Unknown>>) -> Vec<Item<'a>> {
    let mut out = Vec::new();
    for element in elements {
        match &element.value {
            Value::Object(_) => out.push(element),
            Value::Unknown(reason) => open.push(element.with(reason.clone())),
            Value::Text(text) => open.extend(text.unknown().map(|reason| element.with(reason))),
            Value::Absent | Value::List(_) => {}
        }
    }
    out
}
