// What the pictures show and how they are ordered.
import { Choice } from '../../components/Choice';
import type { LayerName } from '../../state/neuronsChoice';
import type { BlockStatistic } from '../../worker/atlasProtocol';
import type { Order } from './atlasOrder';
import { LAYERS, type LayerInfo } from './layers';

interface ToolbarProps {
  info: LayerInfo;
  isThere(name: LayerName): boolean;
  onLayer(name: LayerName): void;
  statistic: BlockStatistic;
  onStatistic(statistic: BlockStatistic): void;
  ownDomains: boolean;
  onOwnDomains(own: boolean): void;
  order: Order;
  onOrder(order: Order): void;
  filter: string;
  onFilter(filter: string): void;
}

export function NeuronToolbar(props: ToolbarProps) {
  const { info, statistic } = props;
  const isValues = info.form === 'size' || info.form === 'signed';
  return (
    <div className="neurons-controls">
      <label className="neurons-select">
        Layer of the picture
        <select
          value={info.name}
          onChange={(event) => {
            const wanted = LAYERS.find(({ name }) => name === event.target.value);
            if (wanted) props.onLayer(wanted.name);
          }}
        >
          {LAYERS.map(({ name, label }) => (
            <option key={name} value={name} disabled={!props.isThere(name)}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {info.form !== 'overlay' && (
        <Choice<BlockStatistic>
          label="A block of many cells shows"
          options={
            isValues
              ? [
                  { value: 'mean', label: 'Mean' },
                  { value: 'peak', label: 'Peak' },
                ]
              : [
                  { value: 'any', label: 'Any' },
                  { value: 'mean', label: 'Mean' },
                ]
          }
          value={statistic}
          onChange={props.onStatistic}
        />
      )}
      {isValues && (
        <Choice<'all' | 'own'>
          label="Domain of the colours"
          options={[
            { value: 'all', label: 'Same domain' },
            { value: 'own', label: 'Per tensor' },
          ]}
          value={props.ownDomains ? 'own' : 'all'}
          onChange={(value) => props.onOwnDomains(value === 'own')}
        />
      )}
      <Choice<Order>
        label="Order of the tensors"
        options={[
          { value: 'layer', label: 'By layer' },
          { value: 'kind', label: 'By kind' },
          { value: 'density', label: 'By density' },
        ]}
        value={props.order}
        onChange={props.onOrder}
      />
      <label className="neurons-select">
        Filter
        <input
          type="search"
          value={props.filter}
          placeholder="q_proj, layers.1 …"
          onChange={(event) => props.onFilter(event.target.value)}
        />
      </label>
    </div>
  );
}
