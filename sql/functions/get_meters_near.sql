-- The box around the circle lets the location index do the search; the distance then decides.
create or replace function get_meters_near(lat double precision, lng double precision, radius_meters double precision)
returns table (meter_id bigint, meter_number text, location_lat double precision, location_lng double precision,
  power_status text, communication_status text, distance_meters double precision)
language sql stable parallel safe as $$
  select m.id, m.meter_number, m.location_lat, m.location_lng, m.power_status, m.communication_status, d.distance
  from oms_meters m
  cross join lateral (select haversine_distance_meters(get_meters_near.lat, get_meters_near.lng, m.location_lat, m.location_lng) as distance) d
  where m.location_lat between get_meters_near.lat - get_meters_near.radius_meters / 111000
      and get_meters_near.lat + get_meters_near.radius_meters / 111000
    and m.location_lng between get_meters_near.lng - get_meters_near.radius_meters / (111000 * greatest(cos(radians(get_meters_near.lat)), 0.01))
      and get_meters_near.lng + get_meters_near.radius_meters / (111000 * greatest(cos(radians(get_meters_near.lat)), 0.01))
    and m.status = 'active'
    and d.distance <= get_meters_near.radius_meters
  order by d.distance, m.id
$$;
comment on function get_meters_near(double precision, double precision, double precision) is 'Active meters within a distance of a point, nearest first; distance in metres.';
