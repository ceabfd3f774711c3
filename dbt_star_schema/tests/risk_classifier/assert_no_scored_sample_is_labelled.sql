-- A sample to score whose label is already in the training file would be scored on what it was learned from.
with labels as (
    select * from {{ touched_rows("fct_samples", "sample_id", "int_touched_samples.sample_id") }}
),

inputs as (
    select * from {{ touched_rows("int_sample_inputs", "sample_id", "int_touched_samples.sample_id") }}
)

select inputs.sample_id
from inputs
inner join labels on inputs.sample_id = labels.sample_id
where inputs.scoring_day is not null
