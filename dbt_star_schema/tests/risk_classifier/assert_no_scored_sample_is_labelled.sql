-- A sample to score whose label is already in the training file would be scored on what it was learned from.
with labels as (
    select * from {{ ref('fct_samples') }}
    {{ where_touched("sample_id", "int_touched_samples.sample_id") }}
),

inputs as (
    select * from {{ ref('int_sample_inputs') }}
    {{ where_touched("sample_id", "int_touched_samples.sample_id") }}
)

select inputs.sample_id
from inputs
inner join labels on inputs.sample_id = labels.sample_id
where inputs.scoring_day is not null
