-- The outages that there were at an instant, as far as is known today: those that had begun by then, each as it stood then. What
-- turned out to be none, or part of another, was never there.
create or replace function oms_outages_at(at timestamptz) returns table (
  id bigint, event_id text, event_type text, status text, severity text, confidence_score numeric, affected_customers_count integer,
  customers_out_now integer, customers_low integer, customers_high integer, unverified_customers integer, planned boolean,
  device_id bigint, meter_id bigint, substation_id bigint, feeder_id bigint, dp_id bigint, started_at timestamptz,
  first_detected_at timestamptz, last_updated_at timestamptz, actual_restoration_time timestamptz,
  estimated_restoration_time timestamptz, momentary boolean, root_cause text, description text, event_latitude double precision,
  event_longitude double precision, replaced_by bigint
)
language sql stable
as $$
  select o.id, o.event_id, o.event_type,
    case when s.has_ended then o.status
      when o.status in ('confirmed', 'in_progress') then o.status
      when m.customers_back > 0 then 'partially_restored'
      else 'detected' end,
    o.severity, o.confidence_score, o.affected_customers_count,
    coalesce(m.customers_out, 0), o.customers_low, o.customers_high, case when s.has_ended then o.unverified_customers else 0 end,
    o.planned, o.device_id, o.meter_id, o.substation_id, o.feeder_id, o.dp_id, o.started_at,
    o.first_detected_at, o.last_updated_at, case when s.has_ended then o.actual_restoration_time end,
    case when not s.has_ended or o.status <> 'restored' then o.estimated_restoration_time end,
    s.has_ended and o.momentary, o.root_cause, o.description, o.event_latitude, o.event_longitude, null::bigint
  from oms_outage_events o
  cross join lateral (select coalesce(o.actual_restoration_time <= oms_outages_at.at, false) as has_ended) s
  left join lateral (
    select (sum(x.customers) filter (where x.out_from <= oms_outages_at.at
        and (x.out_until is null or x.out_until > oms_outages_at.at)))::integer as customers_out,
      sum(x.customers) filter (where x.out_until <= oms_outages_at.at) as customers_back
    from oms_outage_meters x
    where x.outage_event_id = o.id
  ) m on true
  where o.started_at <= oms_outages_at.at and o.status <> 'cancelled'
$$;
comment on function oms_outages_at(timestamptz) is 'The outages that there were at an instant, by when things happened, as far as is known today.';
